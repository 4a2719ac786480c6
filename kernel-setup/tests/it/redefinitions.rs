//! Types, traits and `impl` blocks that a cell defines once more.

use crate::support::Workspace;

#[test]
#[cfg(unix)]
fn variables_of_a_type_that_changes_are_given_up() {
    let workspace = Workspace::new();
    let (run, notebook) = workspace.run_source(
        r#"
// %%
struct Net { w: f64, v: Vec<f64> }
struct Holder { net: Net }
let net = Net { w: 0.5, v: vec![1.0] };
let nets = vec![Net { w: 1.5, v: vec![2.0] }];
let holder = Holder { net: Net { w: 2.5, v: vec![3.0] } };
let counts = vec![1, 2, 3];
// %%
/// The same, with a comment.
struct Net { w: f64, v: Vec<f64> }
net.v.len() + nets.len() + holder.net.v.len()
// %%
struct Net { w: u64, v: String }
let broken: u8 = "";
// %%
nets[0].w
// %%
struct Net { w: u64, v: String }
let net = Net { w: 7, v: "x".to_owned() };
counts.len()
// %%
net.v.clone()
// %%
nets.len()
// %%
holder.net.w
// %%
counts
"#,
        &["--allow-errors"],
    );
    assert_eq!(run.code, 0, "{}", run.told);
    assert_eq!(notebook.value(1, "text/plain").as_deref(), Some("3"), "{}", run.told);
    let kind = |cell| notebook.error(cell).map(|(name, ..)| name);
    // What does not compile takes nothing away.
    assert_eq!((kind(2).as_deref(), notebook.stream(2, "stderr").as_str()), (Some("CompileError"), ""));
    assert_eq!(notebook.value(3, "text/plain").as_deref(), Some("1.5"));
    assert_eq!(notebook.value(4, "text/plain").as_deref(), Some("3"), "{}", run.told);
    let told = notebook.stream(4, "stderr");
    assert_eq!(
        told,
        "nnkernel: `Net` has a new definition; variables made with the old one are gone: `holder`, `nets`\n"
    );
    assert_eq!(notebook.value(5, "text/plain").as_deref(), Some("\"x\""));
    assert_eq!((kind(6).as_deref(), kind(7).as_deref()), (Some("CompileError"), Some("CompileError")));
    assert_eq!(notebook.value(8, "text/plain").as_deref(), Some("[1, 2, 3]"));
}

#[test]
fn an_impl_that_is_run_again_replaces_the_one_before() {
    let workspace = Workspace::new();
    let (run, notebook) = workspace.run_source(
        r#"
// %%
struct Net { w: u64 }
let net = Net { w: 7 };
// %%
impl Net { fn scaled(&self) -> u64 { 2 * self.w } }
impl std::fmt::Display for Net {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { write!(f, "first") }
}
// %%
format!("{net} {}", net.scaled())
// %%
impl Net { fn scaled(&self) -> u64 { 3 * self.w } }
// %%
impl std::fmt::Display for Net {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { write!(f, "second") }
}
// %%
format!("{net} {}", net.scaled())
// %%
impl Net { fn scaled(&self) -> u32 { 3 * self.w } }
"#,
        &["--allow-errors"],
    );
    assert_eq!(run.code, 0, "{}", run.told);
    assert_eq!(notebook.value(2, "text/plain").as_deref(), Some("\"first 14\""), "{}", run.told);
    assert_eq!(notebook.value(5, "text/plain").as_deref(), Some("\"second 21\""), "{}", run.told);
    let (_, _, traceback) = notebook.error(6).expect("the types differ");
    let pointed = "   1 | impl Net { fn scaled(&self) -> u32 { 3 * self.w } }\n     |                                      ^^^^^^^^^^";
    assert!(traceback.contains(pointed), "{traceback}");
}
