"""Nodes for tests that answer as they are told."""

import http.server
import json
import threading


class FakeNode:
    """Speaks HTTP at `url` while it is entered, and gives one answer to everything."""

    def __init__(self, status: int, answer: dict):
        self.status, self.answer = status, answer
        node = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                asked = self.rfile.read(int(self.headers["Content-Length"]))
                body = json.dumps(node.answer_to(asked)).encode()
                self.send_response(node.status_of(self.headers))
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *_: None  # whoever ends leaves its connections
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def status_of(self, _headers) -> int:
        return self.status

    def answer_to(self, asked: bytes) -> dict:
        return self.answer

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
