//! Cells by chance, in any order.

use super::Notebook;
use std::collections::HashMap;

/// Numbers below `end`, the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    /// A cell of a few items without names in common, in any order.
    fn cell(&mut self) -> String {
        let mut items = Vec::new();
        let mut functions = vec!["a", "b", "c", "d"];
        for name in ["A", "B"] {
            if self.below(3) == 0 {
                items.push(format!("struct {name}(u{});", 8 << self.below(2)));
            }
            if self.below(3) == 0 {
                items.push(format!("impl T for {name} {{ fn t_{name}() {{ {} }} }}", self.below(2)));
            }
        }
        while self.below(3) > 0 && !functions.is_empty() {
            let mut body = String::new();
            for _ in 0..=self.below(2) {
                if !functions.is_empty() {
                    let name = functions.swap_remove(self.below(functions.len() as u64) as usize);
                    body += &format!(" fn {name}() {{ {} }}", self.below(2));
                }
            }
            items.push(format!("impl A {{{body} }}"));
        }
        if self.below(3) == 0 {
            items.push("fn help() {}".to_owned());
        }
        let mut cell = String::new();
        while !items.is_empty() {
            cell += &items.swap_remove(self.below(items.len() as u64) as usize);
            cell += ["\n", " ", "\n// é\n"][self.below(3) as usize];
        }
        cell
    }
}

#[test]
fn whatever_is_run_in_whatever_order_evcxr_has_each_function_once() {
    for seed in 0..60 {
        let mut dice = Dice(seed);
        let mut notebook = Notebook::default().with(&[("a", "A"), ("b", "B")]);
        let cells: Vec<String> = (0..6).map(|_| dice.cell()).collect();
        for _ in 0..20 {
            let cell = &cells[dice.below(6) as usize];
            let code = notebook.run(cell);
            let mut functions = notebook.evcxr.functions();
            let count = functions.len();
            functions.dedup();
            assert_eq!(functions.len(), count, "seed {seed}: {functions:?}\n{code}");
            assert!(notebook.evcxr.unnamed.is_empty(), "seed {seed}");
            for name in cell.split("fn ").skip(1).map(|rest| rest.split('(').next().unwrap()) {
                assert!(name == "help" || functions.iter().any(|function| function == name), "seed {seed}: {name}");
            }
            assert_eq!(unmarked(&code), *cell, "seed {seed}");
            // Again, at once.
            let plan = notebook.plan(cell);
            assert_eq!((plan.lost.len(), plan.emptied.len()), (0, 0), "seed {seed}");
            assert!(code.ends_with(&plan.code), "seed {seed}");
            for (line, (rewritten, original)) in plan.code.lines().zip(cell.lines()).enumerate() {
                let last = (1..=rewritten.chars().count())
                    .map(|column| plan.original_column(line + 1, column) - 1)
                    .zip(rewritten.chars());
                let found: HashMap<usize, char> = last.collect();
                assert!(
                    original.chars().enumerate().all(|(column, c)| found[&column] == c),
                    "seed {seed}: {rewritten}"
                );
            }
        }
    }
}

fn unmarked(code: &str) -> String {
    let mut parts = code.split("const NNKERNEL_IMPL_");
    let first = parts.next().unwrap().to_owned();
    first + &parts.map(|part| part.split_once(" = (); ").unwrap().1).collect::<String>()
}
