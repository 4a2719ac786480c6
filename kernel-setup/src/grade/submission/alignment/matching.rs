//! Which cell of a submission is which cell of the assignment.
//!
//! By what nbgrader calls it, by its id, by its text; and where a tool has dropped names and ids and the text was changed, by the
//! lines that are left of it, and by its place between cells that are known.

use super::words::{comparable, is_code};
use crate::notebook::source as text_of;
use crate::passes::nbgrader::{Kind, Nbgrader, checked};
use nbformat::v4;
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet, VecDeque};

/// Shorter lines are in too many cells to tell one by.
const MIN_LINE: usize = 5;

/// What is known of the cells.
pub struct Matching {
    /// For each cell of the source, the submission's.
    pub partners: Vec<Option<usize>>,
    /// For each cell of the source, by what it was recognized if not by its name or id.
    pub recognized: Vec<Option<&'static str>>,
    /// For each cell of the source, whether the submission has it at another place.
    pub moved: Vec<bool>,
    /// For each cell of the source, why it is called tampered with.
    pub tampered: Vec<Option<String>>,
    /// For each cell of the submission, the source's.
    pub source_of: Vec<Option<usize>>,
    /// For each cell of the submission that has the name of a cell which another is, that cell of the source.
    pub copy_of: Vec<Option<usize>>,
}

/// A cell that is looked for or looked at.
struct Card<'a> {
    is_code: bool,
    grade_id: Option<String>,
    /// If its metadata make sense.
    kind: Option<Kind>,
    id: &'a str,
    text: String,
}

impl<'a> Card<'a> {
    fn of(cell: &'a v4::Cell) -> Self {
        let metadata = cell.metadata().additional.get("nbgrader");
        let grade_id = metadata.and_then(|metadata| metadata.get("grade_id")?.as_str()).map(str::to_owned);
        let kind = Nbgrader::of(cell).ok().flatten().and_then(|nbgrader| nbgrader.kind(cell).ok());
        Card { is_code: is_code(cell), grade_id, kind, id: cell.id().as_str(), text: comparable(&text_of(cell)) }
    }
}

impl Matching {
    /// Finds what can be found.
    pub fn find(source: &v4::Notebook, release: &v4::Notebook, submitted: &v4::Notebook) -> Self {
        let given: Vec<Card> = source
            .cells
            .iter()
            .enumerate()
            .map(|(index, cell)| {
                let released = release.cells.get(index).map_or_else(|| text_of(cell), text_of);
                Card { text: comparable(&released), ..Card::of(cell) }
            })
            .collect();
        let found: Vec<Card> = submitted.cells.iter().map(Card::of).collect();
        let mut search = Search {
            matching: Matching {
                partners: vec![None; given.len()],
                recognized: vec![None; given.len()],
                moved: vec![false; given.len()],
                tampered: vec![None; given.len()],
                source_of: vec![None; found.len()],
                copy_of: vec![None; found.len()],
            },
            is_students: source
                .cells
                .iter()
                .map(|cell| matches!(checked(cell), Some((_, Kind::Solution | Kind::Answer))))
                .collect(),
            given,
            found,
        };
        search.by_name();
        search.by_id();
        search.by_text();
        search.by_lines();
        search.by_place();
        search.matching.find_moved();
        search.matching
    }

    /// The fewest cells that must be moved to have all in order.
    fn find_moved(&mut self) {
        // The longest run of cells in order stays: for each length, the least last number of a run of that length.
        let mut ends: Vec<(usize, usize)> = Vec::new();
        let mut before: Vec<Option<usize>> = vec![None; self.partners.len()];
        for (index, partner) in self.partners.iter().enumerate() {
            let Some(number) = *partner else { continue };
            let length = ends.partition_point(|&(last, _)| last < number);
            before[index] = length.checked_sub(1).map(|shorter| ends[shorter].1);
            match ends.get_mut(length) {
                Some(end) => *end = (number, index),
                None => ends.push((number, index)),
            }
        }
        self.moved = self.partners.iter().map(Option::is_some).collect();
        let mut last = ends.last().map(|&(_, index)| index);
        while let Some(index) = last {
            self.moved[index] = false;
            last = before[index];
        }
    }
}

struct Search<'a> {
    matching: Matching,
    given: Vec<Card<'a>>,
    found: Vec<Card<'a>>,
    /// For each cell of the source, whether the student was to fill it in.
    is_students: Vec<bool>,
}

impl Search<'_> {
    fn join(&mut self, index: usize, number: usize) {
        self.matching.partners[index] = Some(number);
        self.matching.source_of[number] = Some(index);
        self.matching.copy_of[number] = None;
    }

    fn is_open(&self, index: usize) -> bool {
        self.matching.partners[index].is_none()
    }

    /// Whether a cell of the submission is known neither for itself nor for a copy.
    fn is_free(&self, number: usize) -> bool {
        self.matching.source_of[number].is_none() && self.matching.copy_of[number].is_none()
    }

    fn by_name(&mut self) {
        let mut claims: HashMap<&str, Vec<usize>> = HashMap::new();
        for (number, card) in self.found.iter().enumerate() {
            if let Some(grade_id) = &card.grade_id {
                claims.entry(grade_id).or_default().push(number);
            }
        }
        let mut joined = Vec::new();
        for (index, card) in self.given.iter().enumerate() {
            let Some(claims) = card.grade_id.as_deref().and_then(|grade_id| claims.get(grade_id)) else { continue };
            let first = |is: &dyn Fn(&Card) -> bool| claims.iter().copied().find(|&number| is(&self.found[number]));
            let is_same = |found: &Card| found.is_code == card.is_code && found.kind == card.kind;
            // A copy gets an id of its own.
            let chosen = first(&|found| is_same(found) && found.id == card.id)
                .or_else(|| first(&is_same))
                .or_else(|| first(&|found| found.is_code == card.is_code && found.kind.is_none()))
                .or_else(|| first(&|found| found.is_code == card.is_code))
                .unwrap_or(claims[0]);
            joined.push((index, chosen, claims.clone()));
        }
        for (index, chosen, claims) in joined {
            self.matching.tampered[index] = claims.iter().find_map(|&number| self.other_role(index, number));
            for number in claims {
                self.matching.copy_of[number] = Some(index);
            }
            self.join(index, chosen);
        }
    }

    /// What is said of a cell that has the name of another and makes sense in another role.
    fn other_role(&self, index: usize, number: usize) -> Option<String> {
        let (given, found) = (&self.given[index], &self.found[number]);
        let (expected, claimed) = (given.kind?, found.kind?);
        (expected != claimed).then(|| {
            format!(
                "cell {} says that it is the cell `{}`, and {}; that cell is {}",
                number + 1,
                given.grade_id.as_deref().unwrap_or_default(),
                in_words(claimed),
                in_words(expected)
            )
        })
    }

    fn by_id(&mut self) {
        let mut numbers: HashMap<&str, usize> = HashMap::new();
        for (number, card) in self.found.iter().enumerate().rev() {
            if self.matching.source_of[number].is_none() {
                numbers.insert(card.id, number);
            }
        }
        let joined: Vec<(usize, usize)> = (0..self.given.len())
            .filter(|&index| self.is_open(index))
            .filter_map(|index| Some((index, *numbers.get(self.given[index].id)?)))
            .collect();
        for (index, number) in joined {
            // Two cells of a source do not have one id, but nothing here depends on that.
            if self.matching.source_of[number].is_none() {
                self.join(index, number);
                self.matching.recognized[index] = Some("its id");
            }
        }
    }

    fn by_text(&mut self) {
        let mut numbers: HashMap<(bool, &str), VecDeque<usize>> = HashMap::new();
        for (number, card) in self.found.iter().enumerate().filter(|(number, _)| self.is_free(*number)) {
            numbers.entry((card.is_code, &card.text)).or_default().push_back(number);
        }
        let joined: Vec<(usize, usize)> = (0..self.given.len())
            .filter(|&index| self.is_open(index))
            .filter_map(|index| {
                let card = &self.given[index];
                Some((index, numbers.get_mut(&(card.is_code, &*card.text))?.pop_front()?))
            })
            .collect();
        for (index, number) in joined {
            self.join(index, number);
            self.matching.recognized[index] = Some("its text");
        }
    }

    fn by_lines(&mut self) {
        let open: Vec<usize> = (0..self.given.len()).filter(|&index| self.is_open(index)).collect();
        let mut cells_of: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut totals: HashMap<usize, usize> = HashMap::new();
        for &index in &open {
            let lines = telling_lines(&self.given[index].text);
            totals.insert(index, lines.len());
            for line in lines {
                cells_of.entry(line).or_default().push(index);
            }
        }
        let mut pairs = Vec::new();
        for (number, card) in self.found.iter().enumerate().filter(|(number, _)| self.is_free(*number)) {
            let mut shared: HashMap<usize, usize> = HashMap::new();
            for line in telling_lines(&card.text) {
                for &index in cells_of.get(line).into_iter().flatten() {
                    *shared.entry(index).or_default() += 1;
                }
            }
            let is_likely = |&(index, count): &(usize, usize)| {
                2 * count >= totals[&index] && self.given[index].is_code == card.is_code
            };
            // In thousandths: the order must not depend on rounding.
            let score = |(index, count): (usize, usize)| (Reverse(1000 * count / totals[&index]), index, number);
            pairs.extend(shared.into_iter().filter(is_likely).map(score));
        }
        pairs.sort_unstable();
        for (_, index, number) in pairs {
            if self.is_open(index) && self.is_free(number) {
                self.join(index, number);
                self.matching.recognized[index] = Some("the lines that are left of it");
            }
        }
    }

    /// An answer of which nothing is left to tell by: the only cell between two that are known, where the source too has only one.
    fn by_place(&mut self) {
        let mut joined = Vec::new();
        for index in 0..self.given.len() {
            let is_alone = |other: Option<usize>| other.is_none_or(|other| !self.is_open(other));
            let next = Some(index + 1).filter(|&next| next < self.given.len());
            let previous = index.checked_sub(1);
            if !self.is_open(index) || !self.is_students[index] || !is_alone(previous) || !is_alone(next) {
                continue;
            }
            let start = previous.and_then(|previous| self.matching.partners[previous]).map_or(0, |number| number + 1);
            let end = next.and_then(|next| self.matching.partners[next]).unwrap_or(self.found.len());
            let between: Vec<usize> =
                (start..end).filter(|&number| !self.found[number].text.trim().is_empty()).collect();
            if let [number] = between[..]
                && self.is_free(number)
                && self.found[number].is_code == self.given[index].is_code
            {
                joined.push((index, number));
            }
        }
        for (index, number) in joined {
            if self.is_free(number) {
                self.join(index, number);
                self.matching.recognized[index] = Some("its place");
            }
        }
    }
}

fn telling_lines(text: &str) -> HashSet<&str> {
    text.lines().map(str::trim).filter(|line| line.len() >= MIN_LINE && !line.starts_with("todo!")).collect()
}

fn in_words(kind: Kind) -> &'static str {
    match kind {
        Kind::Solution => "code to be written",
        Kind::Test => "a test",
        Kind::Answer => "a written answer",
        Kind::Task => "a task",
        Kind::Locked => "a given cell",
    }
}
