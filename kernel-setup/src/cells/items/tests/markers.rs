//! Which code evcxr gets, and what it then has.

use super::{Items, NET, Notebook, OTHER_NET};

#[test]
fn without_an_impl_a_cell_stays_as_it_is() {
    let notebook = Notebook::of(&[NET]);
    for cell in ["", "let x = 1;\r\nx", "struct A; // é\n\n", OTHER_NET, "use a::b;", ":dep a = \"1\"", "// impl A {}"]
    {
        assert_eq!(notebook.plan(cell).code, cell);
    }
}

#[test]
fn an_impl_run_again_takes_the_place_of_the_earlier_one() {
    let mut notebook = Notebook::of(&[NET]);
    let first = notebook.run("impl Net { fn forward(&self) -> f64 { 1. } }");
    assert_eq!(first, "const NNKERNEL_IMPL_0: () = (); impl Net { fn forward(&self) -> f64 { 1. } }");
    let second = notebook.run("let a = 1;\nimpl Net { fn forward(&self) -> f64 { 2. } fn back(&self) {} }");
    assert!(second.starts_with("let a = 1;\nconst NNKERNEL_IMPL_0: () = (); impl Net"), "{second}");
    assert_eq!(notebook.evcxr.functions(), ["back", "forward"]);
    let apart = notebook.run("impl Net { fn name(&self) {} }");
    assert!(apart.starts_with("const NNKERNEL_IMPL_1: "), "{apart}");
    assert_eq!(notebook.evcxr.functions(), ["back", "forward", "name"]);
}

#[test]
fn so_does_the_impl_of_a_trait() {
    let mut notebook = Notebook::of(&["struct Net;", "impl std::fmt::Display for Net { fn fmt(&self) {} }"]);
    for cell in [
        "impl fmt::Display for Net { fn fmt(&self) { 1 } }",
        "impl Display for Net { fn fmt(&self) { 2 } }",
        "impl ::std::fmt::Display for Net { fn fmt(&self) { 3 } }",
    ] {
        assert!(notebook.run(cell).contains("NNKERNEL_IMPL_0:"));
        assert_eq!(notebook.evcxr.functions(), ["fmt"]);
    }
    for cell in [
        "impl Debug for Net { fn fmt(&self) {} }",
        "impl Display for Relu { fn fmt(&self) {} }",
        "impl other::Display for Net { fn fmt(&self) {} }",
        "impl Net { fn fmt(&self) {} }",
        "impl From<u8> for Net { fn from() {} }",
        "impl From<u16> for Net { fn from() {} }",
    ] {
        assert!(!notebook.plan(cell).code.contains("NNKERNEL_IMPL_0:"), "{cell}");
        notebook.run(cell);
    }
    assert_eq!(notebook.evcxr.functions(), ["fmt", "fmt", "fmt", "fmt", "fmt", "from", "from"]);
}

#[test]
fn names_of_parameters_do_not_tell_impls_apart() {
    let notebook = Notebook::of(&[
        "struct Net<'a, T>(&'a T);\nimpl<'a, T> Net<'a, T> { fn f() {} }",
        "impl<T> Layer<T> for Net<T> {}",
    ]);
    assert!(notebook.plan("impl<'b, U: Copy> Net<'b, U> { fn f() { 1 } }").code.contains("NNKERNEL_IMPL_0:"));
    assert!(notebook.plan("impl<U> Layer<U> for Net<U> where U: Copy {}").code.contains("NNKERNEL_IMPL_1:"));
    assert!(notebook.plan("impl Net<'static, f64> { fn f() {} }").code.contains("NNKERNEL_IMPL_2:"));
}

#[test]
fn an_impl_that_overlaps_with_two_takes_the_place_of_both() {
    let mut notebook = Notebook::of(&["struct Net;", "impl Net { fn a() {} }", "impl Net { fn b() {} }"]);
    let both = notebook.run("impl Net { fn b() {} fn a() {} }");
    assert_eq!(
        both,
        "const NNKERNEL_IMPL_1: () = (); const NNKERNEL_IMPL_0: () = (); impl Net { fn b() {} fn a() {} }"
    );
    assert_eq!(notebook.evcxr.functions(), ["a", "b"]);
    // And split again.
    let apart = notebook.run("impl Net { fn a() {} } impl Net { fn b() {} }");
    assert!(
        apart.contains("_0: () = (); impl Net { fn a") && apart.contains("_2: () = (); impl Net { fn b"),
        "{apart}"
    );
    assert_eq!(notebook.evcxr.functions(), ["a", "b"]);
}

#[test]
fn impls_that_one_cell_repeats_are_left_to_the_compiler() {
    let mut notebook = Notebook::of(&["struct Net;"]);
    notebook.run("impl Net { fn a() {} } impl Net { fn a() {} }");
    assert_eq!(notebook.evcxr.functions(), ["a", "a"]);
    notebook.run("impl Net { fn a() {} }");
    assert_eq!(notebook.evcxr.functions(), ["a"]);
}

#[test]
fn a_type_and_its_impls_are_replaced_together() {
    let cell = "struct Net;\nfn help() {}\nimpl Net { fn a() {} }\nimpl Drop for Net { fn drop(&mut self) {} }";
    let mut notebook = Notebook::of(&[cell, "impl Net { fn other() {} }", cell]);
    assert_eq!(notebook.evcxr.functions(), ["a", "drop", "other"]);
    notebook.run("struct Net;\nimpl Net { fn renamed() {} }");
    assert_eq!(notebook.evcxr.functions(), ["other", "renamed"]);
    let code = notebook.run("let a = 1;\n  struct Net;");
    assert_eq!(code, "let a = 1;\n  const NNKERNEL_IMPL_3: () = (); struct Net;");
    assert_eq!(notebook.evcxr.functions(), ["other"]);
    // The first cell's `impl`s are as new.
    notebook.run(cell);
    assert_eq!(notebook.evcxr.functions(), ["a", "drop", "other"]);
}

#[test]
fn a_helper_defined_anew_leaves_the_impls_behind_it() {
    let mut notebook = Notebook::of(&["struct Net;\nfn help() {}\nimpl Net { fn a() {} }"]);
    assert_eq!(notebook.run("fn help() { 1 }"), "fn help() { 1 }");
    assert_eq!(notebook.evcxr.functions(), ["a"]);
    // But those of a type from elsewhere go with it, as evcxr has it.
    notebook.run("fn other() {}\nimpl Net { fn b() {} }");
    notebook.run("fn other() {}\nimpl Net { fn c() {} }");
    assert_eq!(notebook.evcxr.functions(), ["a", "c"]);
}

#[test]
fn an_import_in_place_of_a_type_takes_its_impls_away() {
    let mut notebook = Notebook::of(&["struct Net;\nimpl Net { fn a() {} }"]);
    assert_eq!(notebook.run("use layers::Net;"), "const NNKERNEL_IMPL_0: () = (); use layers::Net;");
    assert!(notebook.evcxr.functions().is_empty());
}

#[test]
fn a_marker_stands_before_attributes_and_documentation() {
    let cell =
        "// A note.\n/// Documented\n/// twice.\n#[allow(unused)]\nimpl Net {}\n  #[rustfmt::skip] impl A for Net {}";
    let code = Items::default().plan(&format!("let é = 1; {cell}"), []).code;
    let expected = "let é = 1; // A note.\n\
        const NNKERNEL_IMPL_0: () = (); /// Documented\n/// twice.\n#[allow(unused)]\nimpl Net {}\n  \
        const NNKERNEL_IMPL_1: () = (); #[rustfmt::skip] impl A for Net {}";
    assert_eq!(code, expected);
    // evcxr skips comments at the top of a cell, whatever they document.
    let code = Items::default().plan("/// Documented.\nimpl Net {}", []).code;
    assert_eq!(code, "/// Documented.\nconst NNKERNEL_IMPL_0: () = (); impl Net {}");
}

#[test]
fn columns_are_mapped_back() {
    let cell = "let é = 1; impl A {} impl B {}\nimpl C {}";
    let plan = Items::default().plan(cell, []);
    let lines: Vec<(&str, &str)> = plan.code.lines().zip(cell.lines()).collect();
    for (line, (rewritten, original)) in lines.into_iter().enumerate() {
        for name in ['é', 'A', 'B', 'C', '}'].into_iter().filter(|name| original.contains(*name)) {
            let column = |text: &str| text.chars().count() - text.chars().rev().position(|c| c == name).unwrap();
            assert_eq!(plan.original_column(line + 1, column(rewritten)), column(original), "{name}");
        }
    }
}

#[test]
fn commands_before_the_code_are_left_alone() {
    let commands = ":dep rand = \"0.9\"\n\n// Note {\n  :opt 2\n!ls (\n";
    let plan = Items::default().plan(&format!("{commands}impl Net {{ fn é() {{}} }}\n1"), []);
    assert_eq!(plan.code, format!("{commands}const NNKERNEL_IMPL_0: () = (); impl Net {{ fn é() {{}} }}\n1"));
    assert_eq!((plan.original_column(1, 20), plan.original_column(6, 40)), (20, 8));
}

#[test]
fn a_cell_that_is_no_rust_changes_nothing() {
    for cell in
        ["struct Net {", "let = 1;\nimpl Net {}", "} struct Net; {", "impl Net { fn }", "\u{feff}impl Net {}", "'"]
    {
        let mut notebook = Notebook::of(&[NET]).with(&[("n", "Net")]);
        let plan = notebook.plan(cell);
        assert_eq!((plan.code.as_str(), plan.lost.len()), (cell, 0));
        notebook.items.commit(plan);
        notebook.loses(NET, &[]);
        assert!(notebook.items.blocks.is_empty());
    }
}

#[test]
fn every_kind_of_statement_may_stand_beside_an_impl() {
    for (before, after) in [
        ("#![allow(dead_code)]\n", ""),
        ("", "\nNet::new().forward(&x)"),
        ("", "\nlet x = Net::new()"),
        ("", "\nfor i in 0..3 { println!(\"{i}\"); }"),
        ("thread_local! { static A: u8 = 1 }\nmacro_rules! m { () => {} }\n", "\nm!()"),
        ("/* é */ let s = \"impl A {}\"; ", " // impl B {}"),
        ("let x = f()?;\r\n", "\r\nx"),
    ] {
        let plan = Items::default().plan(&format!("{before}impl Net {{}}{after}"), []);
        assert_eq!(plan.code, format!("{before}const NNKERNEL_IMPL_0: () = (); impl Net {{}}{after}"));
    }
}

#[test]
fn items_within_blocks_are_not_the_notebooks() {
    let mut notebook = Notebook::of(&[NET]).with(&[("n", "Net")]);
    let cell = "{ struct Net; impl Net {} }\nfn f() { struct Net; impl Net {} }";
    notebook.loses(cell, &[]);
    assert_eq!(notebook.run(cell), cell);
}

#[test]
fn other_items_without_a_name_have_markers_too() {
    let cell = "const _: () = assert!(N > 1);\nextern \"C\" { fn f(); }";
    let mut notebook = Notebook::of(&["struct Net;", cell]);
    let code = notebook.run(cell);
    assert!(code.contains("_0: () = (); const _") && code.contains("_1: () = (); extern"), "{code}");
    assert!(notebook.plan("extern \"C\" { fn f() -> u8; }").code.contains("_1:"));
}

#[test]
fn a_plan_that_is_dropped_leaves_no_trace() {
    let mut notebook = Notebook::of(&[NET]).with(&[("n", "Net")]);
    drop(notebook.plan(&format!("{OTHER_NET}\nimpl Net {{ fn a() {{}} }}")));
    notebook.loses(NET, &[]);
    assert!(notebook.run("impl Net { fn b() {} }").contains("NNKERNEL_IMPL_0:"));
}
