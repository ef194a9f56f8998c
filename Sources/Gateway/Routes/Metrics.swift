import HTTPServer
import HTTPMessages
import PrometheusExport

extension Site {
    /// What every part counts, and the process itself, in the form that the scraper asks for.
    func metrics(for request: Request) async throws -> Answer {
        guard let registry = parts.metrics else { throw Problem.notFound("Nothing is counted here.") }
        let format = Exposition.Format(accept: request.header("accept"))
        return Answer(
            status: 200, headers: [("content-type", format.contentType)],
            body: .bytes(Array(await registry.page(format).utf8)))
    }
}
