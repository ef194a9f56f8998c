import HTTPMessages
import HTTPServer

/// `GET /`: the tutorial's greeting, or a page for a browser.
enum Welcome {
    static func answer(_ call: Call) -> Answer {
        let accepted = call.request.header("accept") ?? ""
        guard accepted.contains("text/html") else {
            return Answer(
                status: 200, headers: [("content-type", "text/plain; charset=utf-8")],
                body: .bytes(Array("Hello, world!".utf8)))
        }
        return Answer(status: 200, headers: Page.headers, body: .bytes(Array(page.utf8)))
    }

    private static let page = """
        <!doctype html><html lang="en"><head><meta charset="utf-8"><title>Skiff</title></head><body>
        <h1>Hello, world!</h1>
        <p>This is a Skiff cluster. <a href="/docs">Documentation</a> · <a href="/tea">tea</a> ·
        <a href="/coffee">coffee</a> · <a href="/users">users</a></p>
        </body></html>
        """
}
