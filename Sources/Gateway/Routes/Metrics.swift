import HTTPServer
import HTTPMessages
import PrometheusExport

extension Site {
    /// What a registry has, in the form that the scraper asks for.
    func metrics(of registry: PrometheusRegistry?, for request: Request) async throws -> Answer {
        guard let registry else { throw Problem.notFound("Nothing is counted here.") }
        let format = Exposition.Format(accept: request.header("accept"))
        return Answer(
            status: 200, headers: [("content-type", format.contentType)],
            body: .bytes(Array(await registry.page(format).utf8)))
    }
}
