//! Making the kernel known to Jupyter, and taking it back.

use crate::support::{Workspace, nnkernel, run};
use serde_json::Value;
use std::fs;

#[test]
fn install_registers_this_binary_and_uninstall_removes_it() {
    let workspace = Workspace::new();
    let prefix = workspace.path().join("prefix");
    let install = run(nnkernel().args(["install", "--no-build", "--prefix"]).arg(&prefix));
    assert_eq!(install.code, 0, "{}", install.told);
    let folder = prefix.join("share/jupyter/kernels/nnkernel");
    let specification: Value = serde_json::from_str(&fs::read_to_string(folder.join("kernel.json")).unwrap()).unwrap();
    assert_eq!(specification["display_name"], "Rust (nnlib)");
    assert_eq!(specification["language"], "rust");
    assert_eq!(specification["argv"][1], "kernel");
    assert_eq!(specification["argv"][3], "{connection_file}");
    let program = specification["argv"][0].as_str().unwrap();
    assert!(std::path::Path::new(program).is_file(), "{program}");
    assert!(folder.join("logo-svg.svg").is_file());

    let again = run(nnkernel().args(["install", "--no-build", "--prefix"]).arg(&prefix));
    assert_eq!(again.code, 0, "installing twice is installing: {}", again.told);
    let mut names: Vec<String> = fs::read_dir(folder.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let expected = ["", "-batchnorm-mlp", "-convnet-mnist", "-mlp-cifar10", "-softmax-regression"];
    assert_eq!(names, expected.map(|assignment| format!("nnkernel{assignment}")), "and no drafts are left");
    let of_assignment = fs::read_to_string(folder.with_file_name("nnkernel-mlp-cifar10").join("kernel.json")).unwrap();
    let of_assignment: Value = serde_json::from_str(&of_assignment).unwrap();
    assert_eq!(of_assignment["display_name"], "Rust (nnlib): mlp-cifar10");
    assert_eq!(of_assignment["argv"][4], "--withhold");
    assert!(of_assignment["argv"][5].as_str().unwrap().contains("layers"), "{of_assignment}");

    let uninstall = run(nnkernel().args(["uninstall", "--prefix"]).arg(&prefix));
    assert_eq!(uninstall.code, 0, "{}", uninstall.told);
    assert_eq!(fs::read_dir(folder.parent().unwrap()).unwrap().count(), 0);
    let nothing = run(nnkernel().args(["uninstall", "--prefix"]).arg(&prefix));
    assert_eq!(nothing.code, 2);
    assert!(nothing.told.contains("there is no kernel nnkernel"), "{}", nothing.told);
}

#[test]
fn the_user_folder_is_the_default_and_names_can_be_chosen() {
    let workspace = Workspace::new();
    let install = run(nnkernel()
        .args(["install", "--no-build", "--name", "other", "--stock"])
        .env("JUPYTER_DATA_DIR", workspace.path()));
    assert_eq!(install.code, 0, "{}", install.told);
    let text = fs::read_to_string(workspace.path().join("kernels/other/kernel.json")).unwrap();
    let specification: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(specification["display_name"], "Rust (nnlib): other");
    assert_eq!(specification["argv"][4], "--stock");
}

#[test]
fn an_assignment_of_ones_own_has_its_kernel_too() {
    let workspace = Workspace::new();
    fs::create_dir(workspace.path().join("week1")).unwrap();
    let manifest = "title = \"Week 1\"\npoints = 0\nwithheld = [\"layers\", \"losses\"]\n";
    workspace.write("week1/assignment.toml", manifest);
    let kernels = workspace.path().join("share/jupyter/kernels");
    let install = |command: &[&str]| {
        let told = run(nnkernel().args(command).args(["week1", "--prefix", "."]).current_dir(workspace.path()));
        assert_eq!(told.code, 0, "{}", told.told);
    };
    install(&["install", "--no-build"]);
    let text = fs::read_to_string(kernels.join("nnkernel-week1/kernel.json")).unwrap();
    let specification: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(specification["display_name"], "Rust (nnlib): week1");
    assert_eq!(specification["argv"][5], "layers,losses");
    assert!(kernels.join("nnkernel-mlp-cifar10").exists());
    install(&["uninstall"]);
    assert_eq!(fs::read_dir(&kernels).unwrap().count(), 0);
}

#[test]
fn another_programs_kernel_is_left_alone() {
    let workspace = Workspace::new();
    let folder = workspace.path().join("kernels/nnkernel");
    fs::create_dir_all(&folder).unwrap();
    let foreign =
        r#"{"argv": ["python3", "-m", "ipykernel_launcher"], "display_name": "Python 3", "language": "python"}"#;
    fs::write(folder.join("kernel.json"), foreign).unwrap();
    for command in ["install", "uninstall"] {
        let refused = run(nnkernel().arg(command).env("JUPYTER_DATA_DIR", workspace.path()));
        assert_eq!(refused.code, 2);
        assert!(refused.told.contains("another program's kernel"), "{}", refused.told);
    }
    assert_eq!(fs::read_to_string(folder.join("kernel.json")).unwrap(), foreign);
}
