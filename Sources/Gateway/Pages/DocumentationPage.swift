import APIMachinery
import HTTPMessages
import HTTPServer

/// `GET /docs` and `GET /openapi.yaml`.
enum DocumentationPage {
    static let answer = Answer(status: 200, headers: Page.headers, body: .bytes(Array(html.utf8)))
    static let description = Answer(
        status: 200, headers: [("content-type", "application/yaml")], body: .bytes(Array(OpenAPIDocument.yaml.utf8)))

    /// The page with the description in it as JSON, so that it needs nothing else; `<` is escaped to keep any text of the
    /// description from ending the script element.
    private static let html: String = {
        let value = (try? YAML.document(Array(OpenAPIDocument.yaml.utf8)))?.value ?? .null
        let json = value.text.replacing("<", with: "\\u003c")
        return DocumentationTemplate.text.replacing("__DESCRIPTION__", with: json)
    }()
}
