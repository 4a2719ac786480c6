//! Which variables a cell costs.

use super::{NET, Notebook, OTHER_NET};

#[test]
fn a_variable_of_a_type_defined_anew_is_lost() {
    let notebook =
        Notebook::of(&[NET]).with(&[("n", "Net"), ("x", "f64"), ("nets", "Vec<Net>"), ("f", "fn(&Net) -> crate::Net")]);
    notebook.loses(OTHER_NET, &[("n", "Net"), ("nets", "Net"), ("f", "Net")]);
    notebook.loses("enum Net { A, B }", &[("n", "Net"), ("nets", "Net"), ("f", "Net")]);
    notebook.loses("fn Net() {}", &[("n", "Net"), ("nets", "Net"), ("f", "Net")]);
}

#[test]
fn so_is_one_of_a_type_that_holds_it() {
    let notebook = Notebook::of(&[NET, "struct Model { net: Net }\ntype Models = Vec<Model>;", "struct Apart(f64);"])
        .with(&[("m", "Model"), ("all", "Models"), ("a", "Apart")]);
    notebook.loses(OTHER_NET, &[("m", "Net"), ("all", "Net")]);
    notebook.loses("type Models = [Model; 2];", &[("all", "Models")]);
}

#[test]
fn generic_types_are_followed_but_not_their_parameters() {
    let notebook =
        Notebook::of(&["struct Net<T, const N: usize>([T; N]);", "struct Item;\nstruct T;\nconst N: usize = 3;"])
            .with(&[("a", "Net<Item, 3>"), ("b", "Net<f64, 3>")]);
    notebook.loses("struct Item(f64);", &[("a", "Item")]);
    notebook.loses("struct T(f64);\nconst N: usize = 4;", &[]);
    notebook.loses("struct Net<T, const N: usize>([T; N], T);", &[("a", "Net"), ("b", "Net")]);
}

#[test]
fn the_length_of_an_array_counts() {
    let cells = [
        "const fn size(n: usize) -> usize { n * 2 }\nstatic OTHER: usize = 1;",
        "const N: usize = size(2);\nmacro_rules! width { () => { 3 } }",
        "struct Batch([f64; N]);\ntype Row = [f64; width!()];",
    ];
    let notebook = Notebook::of(&cells).with(&[("b", "Batch"), ("r", "Row"), ("x", "f64")]);
    notebook.loses("const N: usize = 5;", &[("b", "N")]);
    notebook.loses("const fn size(n: usize) -> usize { n * 3 }", &[("b", "size")]);
    notebook.loses("macro_rules! width { () => { 4 } }", &[("r", "width")]);
    notebook.loses("static OTHER: usize = 2;", &[]);
}

#[test]
fn the_methods_of_a_trait_object_count() {
    let cells = [
        "trait Shape { fn area(&self) -> f64 { PI * helper() } }",
        "struct Disk(f64);",
        "impl Shape for Disk { fn area(&self) -> f64 { self.0 } }",
        "const PI: f64 = 3.;",
        "struct Holder { shape: Box<dyn Shape> }",
    ];
    let notebook = Notebook::of(&cells).with(&[("s", "Box<dyn Shape>"), ("d", "Disk"), ("h", "Vec<Holder>")]);
    notebook
        .loses("trait Shape { fn name(&self) -> String; fn area(&self) -> f64; }", &[("s", "Shape"), ("h", "Shape")]);
    // The object goes on using the old function, for the old type.
    notebook.loses("const PI: f64 = 3.14;", &[]);
    notebook.loses("struct Disk(u8);", &[("d", "Disk")]);
}

#[test]
fn a_module_counts_as_a_whole() {
    let notebook =
        Notebook::of(&["mod layers { pub struct Affine(f64); }", "use layers::Affine;\nuse layers::{self as l};"])
            .with(&[("a", "layers::Affine"), ("b", "Affine"), ("c", "l::Affine"), ("d", "nnlib::layers::Affine")]);
    let edited = "mod layers { pub struct Affine(u64); }";
    notebook.loses(edited, &[("a", "layers"), ("b", "layers"), ("c", "layers")]);
}

#[test]
fn names_from_a_glob_import_are_followed() {
    let notebook =
        Notebook::of(&["mod layers { pub struct Affine(u8); }\nuse layers::*;", "struct Model { layer: Affine }"])
            .with(&[("a", "Affine"), ("m", "Model"), ("s", "String")]);
    notebook.loses("mod layers { pub struct Affine(u64); }", &[("a", "layers"), ("m", "layers")]);
}

#[test]
fn an_import_defines_its_names() {
    let notebook = Notebook::of(&[NET, "use other::{Map, inner::Set as List};"]).with(&[
        ("n", "Net"),
        ("m", "Map<u8>"),
        ("l", "List"),
        ("o", "other::Map<u8>"),
    ]);
    notebook.loses("use other::Net;", &[("n", "Net")]);
    notebook.loses("struct Map<T>(T);", &[("m", "Map")]);
    notebook.loses("use other::Set as List;", &[("l", "List")]);
    notebook.loses("use other::inner::{Set as List};\nuse other::Map;", &[]);
}

#[test]
fn a_new_name_may_take_the_place_of_a_foreign_one() {
    // `Affine` was that of a prelude.
    let notebook = Notebook::of(&["struct Model { layer: Affine, affine: f64 }"])
        .with(&[("m", "Model"), ("s", "std::vec::Vec<u8>")]);
    notebook.loses("struct Affine;", &[("m", "Affine")]);
    // For a variable's own type evcxr sees to it, by path.
    notebook.loses("use other::{affine, vec, Vec};", &[]);
}

#[test]
fn what_can_be_downcast_may_hold_anything() {
    let notebook = Notebook::of(&[NET, "trait Keeper: std::any::Any {}"]).with(&[
        ("a", "Box<dyn std::any::Any>"),
        ("e", "anyhow::Error"),
        ("k", "Box<dyn Keeper>"),
        ("f", "Box<dyn Fn(f64)>"),
    ]);
    notebook.loses(OTHER_NET, &[("a", "Net"), ("e", "Net"), ("k", "Net")]);
    notebook.loses("struct New;", &[]);
}

#[test]
fn nothing_is_lost_by_what_changes_no_shape() {
    let cells = [
        "/// A net.\n#[derive(Debug)]\nstruct Net { w: f64 }\nimpl Net { fn forward(&self) -> f64 { 1. } }",
        "trait Layer { type Cache; fn step(&self); }\nimpl Layer for Net { type Cache = f64; fn step(&self) {} }",
        "fn train(net: &Net) {}\nmacro_rules! m { () => {} }\nconst N: usize = 3;\nuse std::fmt;",
    ];
    let notebook = Notebook::of(&cells).with(&[("n", "Net"), ("l", "Box<dyn Layer<Cache = f64>>"), ("x", "f64")]);
    for cell in cells {
        notebook.loses(cell, &[]);
    }
    notebook.loses("// Comment\n#[derive(Debug)]\nstruct Net {\n    /// Weight.\n    w: f64, // one\n}", &[]);
    notebook.loses("impl Net { fn forward(&self) -> f64 { 2. } fn back(&self) {} }", &[]);
    notebook.loses("impl Layer for Net { type Cache = f64; fn step(&self) { todo!() } }", &[]);
    notebook.loses("fn train(net: &mut Net) {}", &[]);
    notebook.loses("struct Different;", &[]);
}

#[test]
fn attributes_of_a_type_count() {
    let notebook = Notebook::of(&["#[derive(Debug)]\nstruct Net { w: f64 }"]).with(&[("n", "Net")]);
    notebook.loses("#[derive(Debug, Clone)]\nstruct Net { w: f64 }", &[("n", "Net")]);
    notebook.loses("#[derive(Debug)]\n#[repr(C)]\nstruct Net { w: f64 }", &[("n", "Net")]);
}

#[test]
fn an_associated_type_counts_for_the_type_that_has_it() {
    let cells = [
        "trait Layer { type Cache; fn step(&self); }",
        "struct Net;\nstruct Relu;\nstruct Kept { cache: <Net as Layer>::Cache }",
        "impl Layer for Net { type Cache = Batch; fn step(&self) {} }",
        "impl Layer for Relu { type Cache = (); fn step(&self) {} }",
        "struct Batch(f64);",
        "impl Layer for f64 { type Cache = Batch; fn step(&self) {} }",
        "struct Of<T: Layer>(T::Cache);",
    ];
    let notebook = Notebook::of(&cells).with(&[
        ("k", "Kept"),
        ("p", "std::iter::Peekable<Net>"),
        ("r", "Relu"),
        ("o", "Of<f64>"),
        ("x", "Vec<f64>"),
    ]);
    let reason = "impl Layer for Net";
    notebook.loses("impl Layer for Net { type Cache = u8; fn step(&self) {} }", &[("k", reason), ("p", reason)]);
    notebook.loses("struct Batch(u8);", &[("k", "Batch"), ("p", "Batch"), ("o", "Batch")]);
    notebook.loses(
        "impl Layer for f64 { type Cache = u8; fn step(&self) {} }",
        &[("k", "impl Layer for f64"), ("o", "impl Layer for f64")],
    );
}

#[test]
fn a_constant_of_a_trait_counts_for_the_types_that_implement_it() {
    let cells = [
        "trait Sized { const N: usize = 1; fn f(&self); }",
        "struct Net;\nstruct Kept([f64; Net::N]);",
        "impl Sized for Net {}",
    ];
    let notebook = Notebook::of(&cells).with(&[("n", "Net"), ("k", "Kept")]);
    notebook.loses("trait Sized { const N: usize = 2; fn f(&self); }", &[("n", "Sized"), ("k", "Sized")]);
    notebook.loses(
        "impl Sized for Net { const N: usize = 2; }",
        &[("n", "impl Sized for Net"), ("k", "impl Sized for Net")],
    );
}
