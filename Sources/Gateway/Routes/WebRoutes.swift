import HTTPServer
import UserService

/// Every route outside the cluster API. `openapi.yaml` describes the same list; a test compares the two.
public enum WebRoutes {
    public static let all: [Route<Site>] =
        UserRoutes.all { (site: Site) in site.parts.users } + [
            Route("GET", "/tea") { site, call in try await SampleProxy.answer(site, call) },
            Route("GET", "/coffee") { site, call in try await SampleProxy.answer(site, call) },
            Route("GET", "/docs") { _, _ in DocumentationPage.answer },
            Route("GET", "/openapi.yaml") { _, _ in DocumentationPage.description },
            Route("GET", "/login") { site, call in try await LoginRoutes.page(site, call) },
            Route("POST", "/login", changes: true) { site, call in try await LoginRoutes.login(site, call) },
            Route("POST", "/logout", changes: true) { site, call in try await LoginRoutes.logout(site, call) },
            Route("GET", "/session", .credentials) { site, call in try await LoginRoutes.session(site, call) },
            Route("GET", "/audit/events", .credentials) { site, call in try await AuditRoutes.events(site, call) },
            Route("GET", "/explain/scheduling/{namespace}/{pod}", .object) { site, call in
                try await ExplainRoutes.scheduling(site, call)
            },
            Route("GET", "/explain/scaling/nodes/{group}", .object) { site, call in
                try await ExplainRoutes.nodeScaling(site, call)
            },
            Route("GET", "/explain/scaling/{kind}/{namespace}/{name}", .object) { site, call in
                try await ExplainRoutes.scaling(site, call)
            },
            Route("POST", "/apply", .credentials, changes: true) { site, call in try await Apply.answer(site, call) },
            Route("GET", "/metrics", .credentials) { site, call in
                try await site.metrics(of: site.parts.metrics, for: call.request)
            },
            Route("GET", "/metrics/slis", .credentials) { site, call in
                try await site.metrics(of: site.parts.slis, for: call.request)
            },
        ]
}
