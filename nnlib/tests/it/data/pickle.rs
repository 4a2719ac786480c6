//! Pickles: the published form and what Python 3 makes of it are read, and nothing else is, nor is anything run.

use std::path::Path;

use ndarray::Array2;
use nnlib::data::cifar10::{decode_python_batch, decode_python_names};

use super::Dice;

const PYTHON_2: &[u8] = include_bytes!("../../fixtures/cifar10/batch-python2");
const META: &[u8] = include_bytes!("../../fixtures/cifar10/meta-python2");
const PYTHON_3: [&[u8]; 4] = [
    include_bytes!("../../fixtures/cifar10/batch-python3-bytes-2"),
    include_bytes!("../../fixtures/cifar10/batch-python3-bytes-3"),
    include_bytes!("../../fixtures/cifar10/batch-python3-bytes-4"),
    include_bytes!("../../fixtures/cifar10/batch-python3-text-4"),
];

/// The message with which a batch is refused.
fn refusal(bytes: &[u8]) -> String {
    decode_python_batch(bytes, Path::new("file")).unwrap_err().to_string()
}

/// The message with which the dictionary `{'data': ...}` is refused whose value these instructions make.
fn refused_data(instructions: &[u8]) -> String {
    refusal(&[b"\x80\x02}U\x04data", instructions, b"s."].concat())
}

/// Instructions that make an array of these sizes with these elements.
fn array(sizes: &[u8], elements: &[u8]) -> Vec<u8> {
    let (make, state) = (b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R", b"(K\x01(");
    let kind = b"tcnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89";
    [make, &state[..], sizes, kind, elements, b"tb"].concat()
}

/// The instruction for a byte string.
fn string(bytes: &[u8]) -> Vec<u8> {
    [b"T", &(bytes.len() as u32).to_le_bytes()[..], bytes].concat()
}

/// A batch with one white picture and these instructions for its labels.
fn batch(labels: &[u8]) -> Vec<u8> {
    let data = array(b"K\x01M\x00\x0c", &string(&[255; 3072]));
    [b"\x80\x02}(U\x04data", &data[..], b"U\x06labels", labels, b"u."].concat()
}

#[test]
fn what_python_2_and_python_3_write_is_read() {
    let pixels = Array2::from_shape_fn((2, 3072), |(i, j)| ((7 * j + 100 * i) % 251) as u8);
    for bytes in [PYTHON_2].into_iter().chain(PYTHON_3) {
        let set = decode_python_batch(bytes, Path::new("file")).unwrap();
        assert_eq!(set.to_string(), "2 colour images of 32x32, 10 classes");
        assert_eq!(set.pixels(), &pixels);
        assert_eq!(set.labels().to_vec(), [6, 9]);
    }
    let names = decode_python_names(META, Path::new("file")).unwrap();
    assert_eq!(names, nnlib::data::cifar10::CLASS_NAMES);
    assert_eq!(decode_python_batch(&batch(b"]K\x07a"), Path::new("file")).unwrap().labels().to_vec(), [7]);
}

#[test]
fn no_shortened_or_lengthened_pickle_is_read() {
    for bytes in [PYTHON_2].into_iter().chain(PYTHON_3) {
        // Every length up to the pixels and from their end on; between them, all is alike.
        let ends = (0..600).chain(6100..bytes.len());
        assert!(ends.clone().all(|length| decode_python_batch(&bytes[..length], Path::new("file")).is_err()));
    }
    assert!((0..META.len()).all(|length| decode_python_names(&META[..length], Path::new("file")).is_err()));
    let cut = refusal(&PYTHON_2[..1000]);
    assert_eq!(cut, "file: expected a string (6144 bytes) at byte 219, found the end after 781 bytes");
    assert_eq!(
        refusal(&[PYTHON_2, b"more"].concat()),
        format!("file: expected the end of the pickle at byte {}, found 4 more bytes", PYTHON_2.len())
    );
}

#[test]
fn a_damaged_pickle_is_refused_or_read_whole() {
    let mut dice = Dice(5);
    for whole in [PYTHON_2].into_iter().chain(PYTHON_3) {
        let (front, back) = (&whole[..300], &whole[whole.len() - 200..]);
        for _ in 0..4000 {
            // Damage where the instructions are, not in the middle of the pixels.
            let damaged = match dice.roll(2) {
                0 => [&dice.damage(front), &whole[300..]].concat(),
                _ => [&whole[..whole.len() - 200], &dice.damage(back)].concat(),
            };
            if let Ok(set) = decode_python_batch(&damaged, Path::new("file")) {
                assert_eq!(set.pixels().dim(), (2, 3072));
                assert!(set.labels().iter().all(|&label| label <= 9));
            }
        }
    }
}

#[test]
fn nothing_is_called_but_what_makes_arrays() {
    for (instructions, name) in [
        (&b"cos\nsystem\nU\x04true\x85R"[..], "os.system"),
        (b"c__builtin__\neval\n(U\x01xtR", "__builtin__.eval"),
        (b"cnumpy\nload\nU\x01x\x85R", "numpy.load"),
        (b"cos\n\x1b[2J\n", "os.\\u{1b}[2J"),
    ] {
        let expected = format!("file: expected a global of numpy's arrays at byte 9, found {name}");
        assert_eq!(refused_data(instructions), expected);
    }
    // By the instruction of protocol 4, too; and not those that make objects in other ways.
    assert_eq!(
        refusal(b"\x80\x04\x8c\x02os\x8c\x06system\x93."),
        "file: expected a global of numpy's arrays at byte 14, found os.system"
    );
    for instruction in [b"i", b"o", b"\x81", b"\x92", b"P", b"Q", b"\x82"] {
        let expected =
            format!("file: expected an instruction that plain data needs at byte 10, found {:#04x}", instruction[0]);
        assert_eq!(refused_data(&[b"N", &instruction[..], b"cos\nsystem\n"].concat()), expected);
    }
    assert_eq!(refused_data(b"cnumpy\nndarray\n)R"), "file: expected no call of numpy.ndarray at byte 25, found ()");
    assert_eq!(
        refused_data(&[b"c", &[b'x'; 100][..]].concat()),
        "file: expected the name of a global of numpy's arrays at byte 10, found another, which goes on"
    );
}

#[test]
fn another_file_is_told_from_a_pickle() {
    let expected = "file: expected a pickle of protocol 2, 3 or 4 (the bytes 80 02 to 80 04) at byte 0, found ";
    assert_eq!(refusal(b""), format!("{expected}a file of 0 bytes"));
    assert_eq!(refusal(b"\x80"), format!("{expected}a file of 1 bytes"));
    assert_eq!(refusal(b"<!DOCTYPE html>"), format!("{expected}3c 21"));
    assert_eq!(refusal(b"(dp1\nS'data'\n."), format!("{expected}28 64"));
    assert_eq!(refusal(b"\x80\x05}."), format!("{expected}protocol 5"));
    assert_eq!(refusal(b"\x80\x02]."), "file: expected a pickled dictionary at byte 2, found a list of 0");
    assert_eq!(
        refusal(b"\x80\x02}."),
        "file: expected a pickled dictionary with a key `data`, found none of that name"
    );
}

#[test]
fn a_broken_program_is_told_where_it_breaks() {
    let cases: [(&[u8], &str); 12] = [
        (b"a", "enough values for the instruction at byte 2, found fewer"),
        (b"]N(a", "enough values for the instruction at byte 5, found fewer"),
        (b"N\x86", "enough values for the instruction at byte 3, found fewer"),
        (b"]e", "a mark before the instruction at byte 3, found none"),
        (b"}(Nu", "a value for each key at byte 5, found 1 keys and values"),
        (b"}Na", "a list to append to at byte 4, found a dictionary of 0"),
        (b"NNNs", "a dictionary to put entries into at byte 5, found None"),
        (b"h\x07", "a value in slot 7 of the memo at byte 2, found none"),
        (b"NNR", "a function to call at byte 4, found None"),
        (b"NNb", "an array or an element type to give a state to at byte 4, found None"),
        (b"X\x02\x00\x00\x00\xff\xfe", "a string in UTF-8 at byte 2, found other bytes"),
        (b"NN\x93", "the names of a module and a global at byte 4, found None"),
    ];
    for (instructions, expected) in cases {
        assert_eq!(refusal(&[b"\x80\x02", instructions].concat()), format!("file: expected {expected}"));
    }
}

#[test]
fn what_is_no_array_of_bytes_is_told() {
    let key = |expected: &str, offset: usize| {
        format!("file: expected {expected} under the key `data` at byte {offset}, found ")
    };
    assert_eq!(refused_data(b"K\x07"), key("an array of bytes", 9) + "the integer 7");
    let make = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R";
    assert_eq!(refused_data(make), key("an array of bytes", 67) + "an array without a state");
    assert_eq!(
        refused_data(b"cnumpy\ndtype\nU\x02f8K\x00K\x01\x87R"),
        "file: expected the element type 'u1' (unsigned bytes) at byte 31, \
         found (a string of 2 bytes, the integer 0, the integer 1)"
    );
    let state = "the state of an array of bytes with two axes: 1, (rows, columns), 'u1', False, elements";
    for (sizes, found) in [
        (&b"K\x07"[..], "1 axes"),
        (b"K\x01K\x01K\x01", "3 axes"),
        (b"NK\x01", "sizes that are no numbers from 0"),
        (b"J\xff\xff\xff\xffK\x01", "sizes that are no numbers from 0"),
    ] {
        let message = refused_data(&array(sizes, b"U\x00"));
        assert!(message.starts_with(&format!("file: expected {state} at byte ")), "{message}");
        assert!(message.ends_with(&format!(", found {found}")), "{message}");
    }
    let message = refused_data(&array(b"K\x01K\x01", b"N"));
    assert!(message.ends_with(", found None as elements"), "{message}");
    assert!(refused_data(&[make, &b"K\x07b"[..]].concat()).ends_with(", found the integer 7"));

    // Sizes that the elements do not fill, be they beyond what any machine can hold.
    let most = b"J\xff\xff\xff\x7fJ\xff\xff\xff\x7f";
    for (sizes, elements, numbers, found) in [
        (&b"K\x02K\x03"[..], &b"12345"[..], "2 * 3", "5"),
        (b"K\x02K\x03", b"1234567", "2 * 3", "7"),
        (most, b"1", "2147483647 * 2147483647", "1"),
    ] {
        let expected = format!("{numbers} bytes for an array of that shape");
        assert_eq!(refused_data(&array(sizes, &string(elements))), key(&expected, 67) + &format!("{found} bytes"));
    }
    let expected = key("an array of N x 3072 bytes (3 planes of 32x32)", 67);
    assert_eq!(refused_data(&array(b"K\x02K\x03", &string(b"123456"))), expected + "an array of 2 x 3");
    // What Python 3 wrote as text must be a character a byte.
    let wide = [&b"c_codecs\nencode\nX\x02\x00\x00\x00"[..], "Ā".as_bytes(), b"U\x06latin1\x86R"].concat();
    assert_eq!(refused_data(&array(b"K\x01K\x01", &wide)), key("an array of bytes", 67) + "characters beyond Latin-1");
}

#[test]
fn labels_are_as_many_as_pictures_and_ten_classes() {
    let offset = batch(b"").len() - 2;
    let key = |expected: &str, offset: usize| {
        format!("file: expected {expected} under the key `labels` at byte {offset}, found ")
    };
    assert_eq!(refusal(&batch(b"N")), key("a list", offset) + "None");
    assert_eq!(refusal(&batch(b"]")), key("1 labels, one for each row of `data`,", offset) + "0");
    assert_eq!(refusal(&batch(b"](K\x01K\x02e")), key("1 labels, one for each row of `data`,", offset) + "2");
    assert_eq!(refusal(&batch(b"]U\x011a")), key("an integer", offset + 1) + "a string of 1 bytes");
    assert_eq!(refusal(&batch(b"]K\x0aa")), key("labels from 0 to 9", offset + 1) + "10 at index 0");
    assert_eq!(refusal(&batch(b"]J\xff\xff\xff\xffa")), key("labels from 0 to 9", offset + 1) + "-1 at index 0");
    // Python's rule: of two entries with one key, the last counts.
    assert!(decode_python_batch(&batch(b"NU\x06labels]K\x01a"), Path::new("file")).is_ok());
    // A list may hold itself.
    assert_eq!(refusal(&batch(b"]q\x01h\x01a")), key("an integer", offset) + "a list of 1");
}

#[test]
fn names_are_ten_strings() {
    let refusal = |bytes: &[u8]| decode_python_names(bytes, Path::new("file")).unwrap_err().to_string();
    let key = "under the key `label_names` at byte ";
    let start = b"\x80\x02}U\x0blabel_names";
    assert_eq!(
        refusal(&[start, &b"]s."[..]].concat()),
        format!("file: expected the names of 10 classes {key}16, found 0")
    );
    assert_eq!(refusal(&[start, &b"]Nas."[..]].concat()), format!("file: expected a string {key}17, found None"));
    assert_eq!(
        refusal(&[start, &b"]U\x01\xffas."[..]].concat()),
        format!("file: expected a string in UTF-8 {key}17, found a string of 1 bytes")
    );
}

/// Programs that would grow without bound in a reader that copies what the memo holds.
#[test]
fn a_bomb_is_defused() {
    // Each list holds the one before it ten times over: 10^30 leaves, if anyone followed them.
    let mut bomb = b"\x80\x02}U\x04data(]q\x00".to_vec();
    for slot in 0..30 {
        bomb.extend([b"](".to_vec(), [b'h', slot].repeat(10), vec![b'e', b'q', slot + 1]].concat());
    }
    let end = bomb.len();
    bomb.extend(b"ts.");
    let expected = format!("file: expected an array of bytes under the key `data` at byte {end}, found a tuple of 31");
    assert_eq!(refusal(&bomb), expected);

    let endless = [&b"\x80\x02"[..], &vec![b'N'; 2_000_000]].concat();
    assert_eq!(
        refusal(&endless),
        "file: expected a pickle of at most 1048576 instructions at byte 1048578, found more of them"
    );
    assert_eq!(
        refusal(b"\x80\x02T\xff\xff\xff\xff"),
        "file: expected a string (4294967295 bytes) at byte 7, found the end after 0 bytes"
    );
}
