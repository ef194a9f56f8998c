import HTTPMessages
import HTTPServer

/// The login's own page: a form and nothing from elsewhere, not even a script.
enum LoginPage {
    enum State {
        /// Nobody is logged in; whose certificate the connection has, and what was wrong with the last attempt.
        case asked(certificate: String?, fault: String?)
        case known(user: String)
    }

    static func answer(_ state: State, next: String, status: Int = 200) -> Answer {
        var headers = Page.headers.filter { $0.name != "content-security-policy" && $0.name != "referrer-policy" }
        headers += [
            (
                "content-security-policy",
                "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; "
                    + "frame-ancestors 'none'"
            ),
            // With less, browsers do not say of which origin a form is.
            ("referrer-policy", "same-origin"), ("cache-control", "no-store"),
        ]
        return Answer(status: status, headers: headers, body: .bytes(Array(html(state, next).utf8)))
    }

    /// Where to go after a login: a path of ours, or else the description.
    static func next(_ given: String?) -> String {
        guard let given, given.hasPrefix("/"), !given.hasPrefix("//"), !given.contains("\\"),
            given.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return "/docs" }
        return given
    }

    private static func html(_ state: State, _ next: String) -> String {
        let inside =
            switch state {
            case .known(let user): known(user, next)
            case .asked(let certificate, let fault): asked(certificate, fault, next)
            }
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Log in to Skiff</title>
            <style>
            :root { color-scheme: light dark }
            body { font: 16px/1.5 system-ui, sans-serif; max-width: 26rem; margin: 0 auto; padding: 3rem 1.5rem }
            form { display: grid; gap: .5rem; margin: 1.5rem 0 } input, button { font: inherit; padding: .4rem .6rem }
            button { justify-self: start } .fault { border-left: 4px solid #c33; padding: .25rem .75rem }
            </style>
            </head>
            <body>
            <main>
            \(inside)
            </main>
            </body>
            </html>

            """
    }

    private static func asked(_ certificate: String?, _ fault: String?, _ next: String) -> String {
        var text = "<h1>Log in</h1>\n"
        if let fault { text += "<p class=\"fault\" role=\"alert\">\(escaped(fault))</p>\n" }
        text += """
            <form method="post" action="/login">
            <input type="hidden" name="next" value="\(escaped(next))">
            <label for="token">Bearer token</label>
            <input id="token" name="token" type="password" autocomplete="off" required autofocus aria-describedby="hint">
            <small id="hint">A service account's (kubectl create token), or the administrator's from admin.token.</small>
            <button>Log in</button>
            </form>

            """
        if let certificate {
            text += """
                <form method="post" action="/login">
                <input type="hidden" name="next" value="\(escaped(next))">
                <button>Log in with the certificate of \(escaped(certificate))</button>
                </form>

                """
        }
        return text
    }

    private static func known(_ user: String, _ next: String) -> String {
        """
        <h1>Logged in</h1>
        <p>You are <strong>\(escaped(user))</strong>. <a href="\(escaped(next))">Go on</a></p>
        <form method="post" action="/logout"><button>Log out</button></form>
        """
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;").replacing("'", with: "&#39;")
    }
}
