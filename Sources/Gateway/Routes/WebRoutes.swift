import APIServer

/// Every route outside the cluster API. `openapi.yaml` describes the same list; a test compares the two.
enum WebRoutes {
    static let all: [Route] = [
        Route("GET", "/") { site, call in Welcome.answer(call) }
    ]
}
