"""The installed kernel against Jupyter's own test suite for kernels, jupyter_kernel_test."""

import time
import unittest

import jupyter_kernel_test


class NnkernelTests(jupyter_kernel_test.KernelTests):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # A kernel's first cell waits for the interpreter; the tests have less patience.
        cls.kc.execute("1")
        cls.kc.get_shell_msg(timeout=300)

    kernel_name = "nnkernel"
    language_name = "rust"
    file_extension = ".rs"
    code_hello_world = 'println!("hello, world");'
    code_stderr = 'eprintln!("test");'
    completion_samples = [
        {"text": 'String::from("a").to_upperc', "matches": {"to_uppercase()"}},
        {"text": "let 数 = [1, 2]; 数.is_empt", "matches": {"is_empty()"}},
    ]
    complete_code_samples = ["1 + 1", "let a = [1, 2, 3];", "fn f(x: f64) -> f64 { x }", ":dep rand", ""]
    incomplete_code_samples = ["fn f() {", "let a = [1,", 'let s = "abc', "/* a", "let a ="]
    invalid_code_samples = ["let a = );", "} else {", "let 3x = ;"]
    code_generate_error = 'panic!("on purpose");'
    code_execute_result = [
        {"code": "1 + 2", "result": "3"},
        {"code": "3.0_f64.sqrt() > 1.7", "result": "true"},
        {"code": '"6*7".len()', "result": "3"},
        {"code": "6 * 7", "result": "42"},
    ]
    code_history_pattern = "6 ? 7"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "String"
    code_display_data = [
        {"code": 'use nnlib::prelude::*; notebook::Display::show("a");', "mime": "text/plain"},
        {"code": "plot::CurvePlot::new(\"a\").evcxr_display(); let _ = 1;", "mime": "image/svg+xml"},
    ]
    code_clear_output = 'println!("a"); nnlib::notebook::clear_output(false);'

    def execute_helper(self, code, timeout=120, **options):
        # A machine that runs other tests beside this one may take longer than the suite allows for.
        return super().execute_helper(code, timeout=timeout, **options)

    def test_a_failed_assert_is_an_error_and_undone(self):
        self.flush_channels()
        self.execute_helper("let kept = vec![1, 2, 3];")
        reply, messages = self.execute_helper('let moved = kept;\nassert!(moved.is_empty(), "a hint");')
        self.assertEqual(reply["content"]["status"], "error")
        self.assertEqual([message["msg_type"] for message in messages], ["error"])
        error = messages[0]["content"]
        self.assertEqual((error["ename"], error["evalue"]), ("Panic", "a hint"))
        self.assertIn("line 2", error["traceback"][0])
        reply, messages = self.execute_helper("kept.len()")
        self.assertEqual(messages[0]["content"]["data"]["text/plain"], "3")

    def test_cells_after_an_error_are_not_run(self):
        self.flush_channels()
        ids = [self.kc.execute(code) for code in ['panic!("first")', "1", "2"]]
        replies = {}
        while len(replies) < len(ids):
            reply = self.kc.get_shell_msg(timeout=60)
            replies[reply["parent_header"]["msg_id"]] = reply["content"]["status"]
        self.assertEqual([replies[id] for id in ids], ["error", "aborted", "aborted"])
        self.flush_channels()
        reply, _ = self.execute_helper('println!("hello");')
        self.assertEqual(reply["content"]["status"], "ok")

    def test_an_interrupt_ends_the_cell_and_keeps_everything(self):
        self.flush_channels()
        self.execute_helper("let mut sum = 1_u64;")
        cells = [
            "loop { sum = std::hint::black_box(sum.wrapping_mul(3)); }",
            "std::thread::sleep(std::time::Duration::from_secs(600));",
            # In the compiler.
            "const N: u64 = { let mut i = 0_u64; while i < 1 << 40 { i += 1; } i };\nsum += N;",
        ]
        for cell in cells:
            self.flush_channels()
            id = self.kc.execute(cell)
            self.wait_until_running(id)
            self.km.interrupt_kernel()
            reply = self.kc.get_shell_msg(timeout=60)
            self.assertEqual(reply["parent_header"]["msg_id"], id)
            self.assertEqual((reply["content"]["status"], reply["content"]["ename"]), ("error", "Interrupted"), cell)
        # Nothing runs: nothing happens.
        self.km.interrupt_kernel()
        self.flush_channels()
        reply, messages = self.execute_helper("sum")
        self.assertEqual(messages[0]["content"]["data"]["text/plain"], "1")

    def test_an_interrupt_lets_a_training_stop_and_keeps_what_it_has(self):
        self.flush_channels()
        training = "let mut steps = 0_u64;\nlet training = nnlib::notebook::Interruptible::start();\n"
        step = "std::thread::sleep(std::time::Duration::from_millis(5)); steps += 1;"
        stops = training + "while !training.should_stop() { " + step + " }\nsteps += 1_000_000;"
        ids = [self.kc.execute(stops), self.kc.execute("1")]
        self.wait_until_running(ids[0])
        self.km.interrupt_kernel()
        replies = {}
        while len(replies) < 2:
            reply = self.kc.get_shell_msg(timeout=60)
            replies[reply["parent_header"]["msg_id"]] = reply["content"]
        self.assertEqual((replies[ids[0]]["status"], replies[ids[0]]["ename"]), ("error", "Interrupted"))
        self.assertEqual(replies[ids[1]]["status"], "aborted")
        self.flush_channels()
        _, messages = self.execute_helper("steps > 1_000_010")
        self.assertEqual(messages[0]["content"]["data"]["text/plain"], "true")
        # One that listens and goes on regardless: the second interrupt ends it, and takes everything back; so does time.
        for interrupts in (2, 1):
            self.flush_channels()
            id = self.kc.execute(training + "drop(training.should_stop()); loop { " + step + " }")
            self.wait_until_running(id)
            started = time.monotonic()
            for _ in range(interrupts):
                self.km.interrupt_kernel()
                time.sleep(0.5)
            reply = self.kc.get_shell_msg(timeout=60)
            self.assertEqual((reply["parent_header"]["msg_id"], reply["content"]["ename"]), (id, "Interrupted"))
            took = time.monotonic() - started
            self.assertTrue(took < 4 if interrupts == 2 else 4 < took < 20, took)
            self.flush_channels()
            _, messages = self.execute_helper("steps > 1_000_010")
            self.assertEqual(messages[0]["content"]["data"]["text/plain"], "true")

    def test_displays_are_updated_and_kept_in_order(self):
        self.flush_channels()
        code = """
use nnlib::prelude::*;
println!("first");
let mut display = notebook::Display::show("looking");
print!("unfinished");
display.update("found");
for step in progress("counting", 0..3) { std::thread::sleep(std::time::Duration::from_millis(400)); }
7
"""
        _, messages = self.execute_helper(code)
        kinds = [message["msg_type"] for message in messages]
        shown = ["stream", "display_data", "stream", "update_display_data", "display_data"]
        self.assertEqual(kinds[:5] + kinds[-1:], shown + ["execute_result"])
        self.assertEqual(set(kinds[5:-1]), {"update_display_data"})
        contents = [message["content"] for message in messages]
        self.assertEqual(contents[1]["transient"], contents[3]["transient"])
        self.assertEqual(contents[3]["data"]["text/plain"], "found")
        self.assertIn("<progress", contents[4]["data"]["text/html"])
        self.assertIn("counting: 3 steps in", contents[-2]["data"]["text/plain"])

    def test_a_flood_is_cut_off(self):
        self.flush_channels()
        reply, messages = self.execute_helper(
            'let line = "0123456789abcdef".repeat(64);\nfor _ in 0..200_000 { println!("{line}"); }'
        )
        self.assertEqual(reply["content"]["status"], "ok")
        written = sum(len(message["content"]["text"]) for message in messages)
        self.assertLess(written, 12 << 20)
        self.assertIn("beyond 10 MiB is not shown", messages[-1]["content"]["text"])

    def test_bytes_that_are_no_text_are_replaced(self):
        self.flush_channels()
        _, messages = self.execute_helper(
            "use std::io::Write; std::io::stdout().write_all(b\"a\\xff\\r10 %\\r20 %\")?; 7"
        )
        self.assertEqual(messages[0]["content"]["text"], "a\ufffd\r10 %\r20 %")
        self.assertEqual(messages[1]["content"]["data"]["text/plain"], "7")

    def wait_until_running(self, id):
        while True:
            message = self.kc.get_iopub_msg(timeout=60)
            if message["parent_header"].get("msg_id") == id and message["msg_type"] == "execute_input":
                break
        # Compiled by then, if it can be.
        time.sleep(3)

    def test_silent_cells_and_user_expressions(self):
        self.flush_channels()
        _, before = self.execute_helper("1")
        reply, messages = self.execute_helper('println!("x"); 1', silent=True)
        self.assertEqual((reply["content"]["status"], messages), ("ok", []))
        id = self.kc.execute("let seven = 7;", user_expressions={"good": "seven * 2", "bad": "no_such_name"})
        reply = self.kc.get_shell_msg(timeout=60)["content"]
        self.assertEqual(reply["user_expressions"]["good"]["data"]["text/plain"], "14")
        self.assertEqual(reply["user_expressions"]["bad"]["status"], "error")
        counted = before[-1]["content"]["execution_count"]
        self.assertEqual(reply["execution_count"], counted + 1)


if __name__ == "__main__":
    unittest.main()
