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
