use super::*;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use std::fs;
use std::io::Write;

const NOTEBOOK: &[u8] = b"{\"nbformat\": 4}";

/// An entry of an archive that a test makes, with whatever it claims.
struct Packed {
    name: Vec<u8>,
    /// As the directory says; otherwise, the name.
    other_name: Option<Vec<u8>>,
    data: Vec<u8>,
    method: u16,
    flags: u16,
    size: u32,
    checksum: u32,
    mode: u32,
}

impl Packed {
    fn new(name: &str, content: &[u8]) -> Self {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(content).unwrap();
        let mut checksum = flate2::Crc::new();
        checksum.update(content);
        Packed {
            name: name.into(),
            other_name: None,
            data: encoder.finish().unwrap(),
            method: 8,
            flags: 1 << 11,
            size: content.len() as u32,
            checksum: checksum.sum(),
            mode: 0o100_644,
        }
    }

    fn stored(name: &str, content: &[u8]) -> Self {
        Packed { data: content.to_owned(), method: 0, ..Packed::new(name, content) }
    }
}

/// The bytes of an archive.
fn archive(entries: &[Packed]) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        let offset = archive.len() as u32;
        let mut common = Vec::new();
        common.extend([20, entry.flags, entry.method, 0, 33].map(u16::to_le_bytes).as_flattened());
        common.extend([entry.checksum, entry.data.len() as u32, entry.size].map(u32::to_le_bytes).as_flattened());
        archive.extend(0x0403_4b50_u32.to_le_bytes());
        archive.extend(&common);
        archive.extend([entry.name.len() as u16, 0].map(u16::to_le_bytes).as_flattened());
        archive.extend(&entry.name);
        archive.extend(&entry.data);
        let name = entry.other_name.as_ref().unwrap_or(&entry.name);
        directory.extend(0x0201_4b50_u32.to_le_bytes());
        directory.extend([20, 3]);
        directory.extend(&common);
        directory.extend([name.len() as u16, 0, 0, 0, 0].map(u16::to_le_bytes).as_flattened());
        directory.extend([entry.mode << 16, offset].map(u32::to_le_bytes).as_flattened());
        directory.extend(name);
    }
    let start = archive.len() as u32;
    let count = entries.len() as u16;
    archive.extend(&directory);
    archive.extend(0x0605_4b50_u32.to_le_bytes());
    archive.extend([0, 0, count, count].map(u16::to_le_bytes).as_flattened());
    archive.extend([directory.len() as u32, start].map(u32::to_le_bytes).as_flattened());
    archive.extend(0_u16.to_le_bytes());
    archive
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Folder(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().canonicalize().unwrap()
    }

    fn write(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    fn zip(&self, name: &str, entries: &[Packed]) -> PathBuf {
        self.write(name, &archive(entries))
    }

    /// A text without this folder's path.
    fn short(&self, text: impl fmt::Display) -> String {
        text.to_string().replace(&format!("{}/", self.path().display()), "")
    }

    /// What is found in `paths`: submissions with their content, what was refused, and notes.
    fn found(&self, paths: &[&str]) -> Vec<String> {
        let paths: Vec<PathBuf> = paths.iter().map(|path| self.path().join(path)).collect();
        let intake = find(&paths, "ps1").unwrap();
        let submissions = intake.submissions.iter().map(|submission| {
            let content = submission.read().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            self.short(format!("{} {}: {content:?}", submission.student, submission.origin))
        });
        let refused = intake.refused.iter().map(|refused| {
            self.short(format!(
                "- {} {}: {}",
                refused.student.as_deref().unwrap_or("?"),
                refused.origin,
                refused.reason
            ))
        });
        let notes = intake.notes.iter().map(|note| self.short(format!("# {note}")));
        submissions.chain(refused).chain(notes).collect()
    }

    fn error(&self, path: &str) -> String {
        self.short(find(&[self.path().join(path)], "ps1").unwrap_err())
    }
}

#[test]
fn files_and_folders() {
    let folder = Folder::new();
    folder.write("one/ann.ipynb", b"a");
    folder.write("course/submitted/bob/ps1/ps1.ipynb", b"b");
    folder.write("course/submitted/bob/ps1/data/x.csv", b"");
    folder.write("course/source/ps1/ps1.ipynb", b"s");
    folder.write("course/submitted/bob/.ipynb_checkpoints/ps1.ipynb", b"c");
    let expected = ["ann one/ann.ipynb: Ok(\"a\")", "bob course/submitted/bob/ps1/ps1.ipynb: Ok(\"b\")"];
    let note = "# course: only its folder `submitted` is searched";
    assert_eq!(folder.found(&["course", "one/ann.ipynb", "one"]), [expected[0], expected[1], note]);
    assert_eq!(folder.found(&["course/submitted/bob"]), [expected[1]]);
    assert_eq!(folder.found(&["course/submitted/bob/ps1/ps1.ipynb"]), [expected[1]]);
}

#[test]
fn what_is_not_there() {
    let folder = Folder::new();
    folder.write("empty/a.txt", b"");
    folder.write("a.rs", b"");
    assert_eq!(folder.error("none"), "there is no file or folder none");
    assert_eq!(folder.error("empty"), "there is no notebook (.ipynb) in empty");
    assert_eq!(folder.error("a.rs"), "expected a notebook (.ipynb), a folder or an archive (.zip), found a.rs");
}

#[test]
fn names_that_cannot_be_a_students_are_refused() {
    let folder = Folder::new();
    folder.write("all/ann.ipynb", b"a");
    folder.write("all/-rf.ipynb", b"b");
    folder.write("all/a\u{202e}b.ipynb", b"c");
    let found = folder.found(&["all"]);
    assert_eq!(found.len(), 3);
    assert!(found[1].starts_with("- ? all/-rf.ipynb: `-rf` cannot be the name of a student: "), "{found:?}");
    assert!(found[2].contains("found `\\u{202e}`"), "{found:?}");
}

#[test]
fn two_submissions_of_one_student() {
    let folder = Folder::new();
    folder.write("monday/ann.ipynb", b"1");
    folder.write("tuesday/Ann.ipynb", b"2");
    folder.write("tuesday/bob.ipynb", b"3");
    let expected = [
        "bob tuesday/bob.ipynb: Ok(\"3\")",
        "- ann monday/ann.ipynb: `ann` has handed in more than once, in other letters, and it is not known what was last: \
         monday/ann.ipynb and tuesday/Ann.ipynb",
    ];
    assert_eq!(folder.found(&["monday", "tuesday"]), expected);
}

#[test]
fn times_of_nbgrader_decide() {
    let folder = Folder::new();
    folder.write("a/ann/ps1/ps1.ipynb", b"1");
    folder.write("a/ann/ps1/timestamp.txt", b"2026-01-02 10:00:00.000001 UTC");
    folder.write("b/ann/ps1/ps1.ipynb", b"2");
    folder.write("b/ann/ps1/timestamp.txt", b"2026-01-02 09:00:00.000001 UTC");
    let expected =
        ["ann a/ann/ps1/ps1.ipynb: Ok(\"1\")", "# b/ann/ps1/ps1.ipynb: ignored: `ann` has handed in again later"];
    assert_eq!(folder.found(&["a", "b"]), expected);
    folder.write("b/ann/ps1/timestamp.txt", b"2026-01-02 10:00:00.000001 UTC");
    assert!(folder.found(&["a", "b"])[0].contains("more than once"));
    let inbound =
        |time: &str| Packed::new(&format!("inbound/bob+ps1+2026-01-02 {time} UTC+x/ps1.ipynb"), time.as_bytes());
    folder.zip("inbound.zip", &[inbound("10:00:00"), inbound("11:00:00")]);
    assert!(folder.found(&["inbound.zip"])[0].ends_with("Ok(\"11:00:00\")"));
}

#[test]
fn archives_of_all_kinds() {
    let folder = Folder::new();
    folder.zip("all.zip", &[Packed::new("all/ann.ipynb", b"1"), Packed::stored("all/bob.ipynb", b"2")]);
    assert_eq!(
        folder.found(&["all.zip"]),
        ["ann all.zip: all/ann.ipynb: Ok(\"1\")", "bob all.zip: all/bob.ipynb: Ok(\"2\")"]
    );
    let time = b"2026-01-02 10:00:00 UTC";
    let nbgraders = [
        Packed::new("submitted/ann/ps1/ps1.ipynb", b"1"),
        Packed::new("submitted/ann/ps1/timestamp.txt", time),
        Packed::new("submitted/ann/ps1/image.png", b""),
        Packed::new("submitted/bob/ps1/", b""),
        Packed::new("__MACOSX/submitted/ann/ps1/._ps1.ipynb", b""),
        Packed::new("submitted/nested.zip", &archive(&[])),
    ];
    folder.zip("course.zip", &nbgraders);
    assert_eq!(
        folder.found(&["course.zip"]),
        [
            "ann course.zip: submitted/ann/ps1/ps1.ipynb: Ok(\"1\")",
            "# course.zip: submitted/nested.zip: an archive in an archive is not searched"
        ]
    );
    folder.zip("eve.zip", &[Packed::new("ps1.ipynb", b"3")]);
    assert_eq!(folder.found(&["eve.zip"]), ["eve eve.zip: ps1.ipynb: Ok(\"3\")"]);
}

#[test]
fn entries_that_name_other_places() {
    let folder = Folder::new();
    let names = [
        "../x.ipynb",
        "a/../../x.ipynb",
        "/etc/x.ipynb",
        "C:/x.ipynb",
        "a\\x.ipynb",
        "a//x.ipynb",
        "./x.ipynb",
        "nul/x.ipynb",
    ];
    let mut entries: Vec<Packed> = names.iter().map(|name| Packed::new(name, b"x")).collect();
    entries.push(Packed::new("ann.ipynb", b"1"));
    entries.push(Packed { name: b"a\xff.ipynb".to_vec(), ..Packed::new("", b"") });
    entries.push(Packed::new("../x.txt", b"x"));
    folder.zip("all.zip", &entries);
    let found = folder.found(&["all.zip"]);
    assert_eq!(found[0], "ann all.zip: ann.ipynb: Ok(\"1\")");
    assert_eq!(found.iter().filter(|line| line.starts_with("- ? all.zip: ")).count(), names.len() + 1, "{found:?}");
    assert!(
        found.contains(&"- ? all.zip: ../x.ipynb: its name has a part that is empty, `.` or `..`".to_owned()),
        "{found:?}"
    );
    assert!(
        found.contains(&"- ? all.zip: a\\\\x.ipynb: its name has a `\\`, expected `/` between folders".to_owned()),
        "{found:?}"
    );
    assert_eq!(found.last().unwrap(), "# all.zip: ../x.txt: ignored: its name has a part that is empty, `.` or `..`");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn entries_that_are_no_files() {
    let folder = Folder::new();
    let entries = [
        Packed { mode: 0o120_777, ..Packed::stored("ann.ipynb", b"/etc/passwd") },
        Packed { flags: 1, ..Packed::new("bob.ipynb", b"x") },
        Packed { method: 93, ..Packed::new("eve.ipynb", b"x") },
    ];
    folder.zip("all.zip", &entries);
    let found = folder.found(&["all.zip"]);
    assert_eq!(found[0], "- ann all.zip: ann.ipynb: it is a link or a device in the archive, and no file");
    assert_eq!(found[1], "- bob all.zip: bob.ipynb: it is encrypted");
    assert!(
        found[2].starts_with("- eve all.zip: eve.ipynb: it is compressed in a way other than ZIP's usual one"),
        "{found:?}"
    );
}

#[test]
fn entries_that_unpack_to_more_than_they_say() {
    let folder = Folder::new();
    let zeros = vec![0; 64 << 20];
    let bomb = Packed::new("ann.ipynb", &zeros);
    assert!(bomb.data.len() < 100_000);
    let entries = [bomb, Packed { size: 1000, ..Packed::new("bob.ipynb", &zeros) }];
    folder.zip("all.zip", &entries);
    assert_eq!(
        folder.found(&["all.zip"]),
        [
            "bob all.zip: bob.ipynb: Err(\"expected 1000 bytes, as the archive's directory says, found more or fewer\")",
            "- ann all.zip: ann.ipynb: it is larger than 32 MB: delete outputs (Edit, Clear Outputs of All Cells), save, and hand it \
             in again"
        ]
    );
    // Many that are as large as they may be.
    let large =
        |number: usize| Packed { size: MAX_NOTEBOOK as u32, ..Packed::stored(&format!("s{number}.ipynb"), b"") };
    folder.zip("many.zip", &(0..129).map(large).collect::<Vec<_>>());
    assert_eq!(
        folder.error("many.zip"),
        "many.zip: its notebooks unpack to 4328521728 bytes, expected 4294967296 at most"
    );
}

#[test]
fn archives_that_are_damaged() {
    let folder = Folder::new();
    let good = archive(&[Packed::new("ann.ipynb", NOTEBOOK), Packed::new("bob.ipynb", NOTEBOOK)]);
    for end in 0..good.len() {
        folder.write("cut.zip", &good[..end]);
        assert!(folder.error("cut.zip").starts_with("cut.zip: it is no ZIP archive"), "{end}");
    }
    // Whatever byte is another one, nothing wrong is read.
    let path = folder.write("changed.zip", &good);
    for place in 0..good.len() {
        for bit in [1, 0x80] {
            let mut changed = good.clone();
            changed[place] ^= bit;
            fs::write(&path, &changed).unwrap();
            let Ok(intake) = find(std::slice::from_ref(&path), "ps1") else { continue };
            for submission in intake.submissions {
                assert!(submission.read().is_err() || submission.read().unwrap() == NOTEBOOK, "{place}");
            }
        }
    }
    let lies = [
        Packed { checksum: 7, ..Packed::new("ann.ipynb", NOTEBOOK) },
        Packed { other_name: Some(b"bob.ipynb".to_vec()), ..Packed::new("b.ipynb", NOTEBOOK) },
        Packed { size: 7, ..Packed::new("eve.ipynb", b"") },
        Packed { data: vec![0xff; 9], ..Packed::new("joe.ipynb", NOTEBOOK) },
    ];
    folder.zip("lies.zip", &lies);
    let found = folder.found(&["lies.zip"]);
    assert!(found[0].contains("the checksum that the archive's directory says"), "{found:?}");
    assert!(found[1].contains("it has two names"), "{found:?}");
    assert!(found[2].contains("expected 7 bytes"), "{found:?}");
    assert!(found[3].contains("its data are damaged"), "{found:?}");
}

#[test]
fn a_directory_that_promises_too_much() {
    let folder = Folder::new();
    let mut many = archive(&[Packed::new("ann.ipynb", b"")]);
    let end = many.len() - 22;
    many[end + 10..end + 12].copy_from_slice(&60_000_u16.to_le_bytes());
    folder.write("many.zip", &many);
    assert!(folder.error("many.zip").starts_with("many.zip: it has 60000 entries, expected 20000 at most"));
    many[end + 10..end + 12].copy_from_slice(&2_u16.to_le_bytes());
    folder.write("more.zip", &many);
    assert_eq!(folder.error("more.zip"), "more.zip: its directory is damaged");
}

/// As programs write it that do not know sizes beforehand.
#[test]
fn archives_with_large_sizes_and_a_comment() {
    let folder = Folder::new();
    let entry = Packed::new("ann.ipynb", b"1");
    let mut archive = archive(&[entry]);
    // The same directory, described by the fields that have 64 bits.
    let end = archive.len() - 22;
    let number = |at: usize| u64::from(u32::from_le_bytes(archive[at..at + 4].try_into().unwrap()));
    let (size, start) = (number(end + 12), number(end + 16));
    let mut tail = Vec::new();
    tail.extend(0x0606_4b50_u32.to_le_bytes());
    tail.extend(44_u64.to_le_bytes());
    tail.extend([45, 45].map(u16::to_le_bytes).as_flattened());
    tail.extend([0, 0].map(u32::to_le_bytes).as_flattened());
    tail.extend([1, 1, size, start].map(u64::to_le_bytes).as_flattened());
    tail.extend([0x0706_4b50, 0].map(u32::to_le_bytes).as_flattened());
    tail.extend((end as u64).to_le_bytes());
    tail.extend(1_u32.to_le_bytes());
    tail.extend(0x0605_4b50_u32.to_le_bytes());
    tail.extend([0, 0, 0xffff, 0xffff].map(u16::to_le_bytes).as_flattened());
    tail.extend([u32::MAX, u32::MAX].map(u32::to_le_bytes).as_flattened());
    tail.extend(5_u16.to_le_bytes());
    tail.extend(b"hello");
    archive.truncate(end);
    archive.extend(tail);
    folder.write("large.zip", &archive);
    assert_eq!(folder.found(&["large.zip"]), ["ann large.zip: ann.ipynb: Ok(\"1\")"]);
}

#[test]
fn files_that_are_too_large() {
    let folder = Folder::new();
    let path = folder.write("ann.ipynb", b"");
    File::options().write(true).open(&path).unwrap().set_len(MAX_NOTEBOOK + 1).unwrap();
    assert!(folder.found(&["ann.ipynb"])[0].contains("it is larger than 32 MB"));
}

#[cfg(unix)]
#[test]
fn links_and_pipes_in_a_folder_are_not_followed() {
    use std::os::unix::fs::symlink;
    let folder = Folder::new();
    folder.write("secret/ps1.ipynb", b"secret");
    folder.write("all/ann.ipynb", b"1");
    let secret = folder.path().join("secret");
    symlink(secret.join("ps1.ipynb"), folder.path().join("all/bob.ipynb")).unwrap();
    symlink(&secret, folder.path().join("all/eve")).unwrap();
    symlink("/dev/zero", folder.path().join("all/joe.ipynb")).unwrap();
    let reason = "it is a link, and links are not followed: hand in a file";
    let expected = [
        "ann all/ann.ipynb: Ok(\"1\")".to_owned(),
        format!("- bob all/bob.ipynb: {reason}"),
        format!("- joe all/joe.ipynb: {reason}"),
    ];
    assert_eq!(folder.found(&["all"]), expected);
    // What a teacher names is followed.
    symlink("all", folder.path().join("link")).unwrap();
    assert_eq!(folder.found(&["link"]), expected);
    // It became a link, or a pipe that nobody writes to, after it was found.
    let intake = find(&[folder.path().join("all/ann.ipynb")], "ps1").unwrap();
    let path = folder.path().join("all/ann.ipynb");
    fs::remove_file(&path).unwrap();
    symlink("/etc/passwd", &path).unwrap();
    assert!(intake.submissions[0].read().unwrap_err().starts_with("it cannot be read: "));
    fs::remove_file(&path).unwrap();
    let name = std::ffi::CString::new(path.to_str().unwrap()).unwrap();
    // SAFETY: a name that ends with a zero, and lives until the call returns.
    assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
    assert_eq!(intake.submissions[0].read().unwrap_err(), "it is no file");
}
