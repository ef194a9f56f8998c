import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import Testing

@testable import IngressController

@Suite struct RoutingTests {
    static func target(_ name: String) -> ServiceTarget {
        ServiceTarget(service: ObjectKey(namespace: "d", name: name), port: .number(80))
    }
    static func route(_ name: String) -> IngressRoute {
        IngressRoute(target: target(name), ingress: ObjectKey(namespace: "d", name: "i"))
    }
    func table(_ rules: [(host: String, path: String, type: RoutingTable.PathType)]) -> RoutingTable {
        var table = RoutingTable()
        for rule in rules {
            table.add(host: rule.host, path: rule.path, type: rule.type, route: Self.route("\(rule.host)|\(rule.path)"))
        }
        return table
    }
    func find(_ table: RoutingTable, _ host: String, _ path: String) -> String? {
        guard let host = RequestHost(host), let path = RequestPath(path) else { return "bad" }
        return table.route(host: host, path: path)?.target.service.name
    }

    /// The table of examples in kubernetes.io/docs/concepts/services-networking/ingress/#examples.
    @Test(
        arguments: [
            ("prefix", ["/"], "/any/path", "/"), ("exact", ["/foo"], "/foo", "/foo"), ("exact", ["/foo"], "/bar", nil),
            ("exact", ["/foo"], "/foo/", nil), ("exact", ["/foo/"], "/foo", nil),
            ("prefix", ["/foo"], "/foo", "/foo"), ("prefix", ["/foo"], "/foo/", "/foo"),
            ("prefix", ["/foo/"], "/foo", "/foo/"), ("prefix", ["/foo/"], "/foo/", "/foo/"),
            ("prefix", ["/aaa/bb"], "/aaa/bbb", nil), ("prefix", ["/aaa/bbb"], "/aaa/bbb", "/aaa/bbb"),
            ("prefix", ["/aaa/bbb/"], "/aaa/bbb", "/aaa/bbb/"), ("prefix", ["/aaa/bbb"], "/aaa/bbb/", "/aaa/bbb"),
            ("prefix", ["/aaa/bbb"], "/aaa/bbb/ccc", "/aaa/bbb"), ("prefix", ["/aaa/bbb"], "/aaa/bbbxyz", nil),
            ("prefix", ["/", "/aaa"], "/aaa/ccc", "/aaa"),
            ("prefix", ["/", "/aaa", "/aaa/bbb"], "/aaa/bbb", "/aaa/bbb"),
            ("prefix", ["/", "/aaa", "/aaa/bbb"], "/ccc", "/"), ("prefix", ["/aaa"], "/ccc", nil),
        ] as [(String, [String], String, String?)])
    func theDocumentedExamplesHold(_ type: String, _ paths: [String], _ request: String, _ expected: String?) {
        let table = table(paths.map { ("", $0, type == "exact" ? .exact : .prefix) })
        #expect(find(table, "h", request) == expected.map { "|\($0)" })
    }

    @Test func exactGoesBeforePrefixAndLongBeforeShort() {
        var table = table([("", "/foo", .prefix)])
        table.add(host: "", path: "/foo", type: .exact, route: Self.route("exact"))
        #expect(find(table, "h", "/foo") == "exact")
        #expect(find(table, "h", "/foo/x") == "|/foo")
    }

    @Test func hostsAreLookedUpFromOwnToWildToAny() {
        let table = table([
            ("foo.bar.com", "/", .prefix), ("*.bar.com", "/", .prefix), ("", "/any", .prefix),
            ("one.com", "/x", .exact),
        ])
        #expect(find(table, "foo.bar.com", "/") == "foo.bar.com|/")
        #expect(find(table, "FOO.bar.com:8080", "/") == "foo.bar.com|/")
        #expect(find(table, "foo.bar.com.", "/") == "foo.bar.com|/")
        #expect(find(table, "baz.bar.com", "/") == "*.bar.com|/")
        #expect(find(table, "a.baz.bar.com", "/") == nil, "a star is one label")
        #expect(find(table, "bar.com", "/") == nil)
        #expect(find(table, "other.com", "/any") == "|/any")
        #expect(find(table, "one.com", "/any") == nil, "a host with rules has those only")
    }

    @Test func noSpellingOfAPathGoesAroundARule() {
        let table = table([("", "/admin", .prefix), ("", "/", .prefix)])
        for path in [
            "/admin/x", "/%61dmin", "//admin", "/./admin/", "/x/../admin", "/x/%2e%2e/admin", "/admin/./y?z#f",
        ] {
            #expect(find(table, "h", path) == "|/admin", "\(path)")
        }
        #expect(find(table, "h", "/x%2fadmin") == "|/", "an encoded slash divides nothing")
        #expect(RequestPath("/a/../../b") == nil)
        #expect(RequestPath("a") == nil)
        #expect(RequestPath("/a%2Fb")?.text == "/a%2Fb")
        #expect(RequestPath("/a%2fb/.")?.text == "/a%2Fb/")
        #expect(RequestPath("/%")?.text == "/%")
        #expect(RequestHost("[::1]:80")?.text == "[::1]")
        #expect(RequestHost("a b") == nil)
        #expect(RequestHost("a:b") == nil)
    }

    /// What the table finds is what the rules say when each is looked at by itself.
    @Test func theTableAgreesWithTheRules() {
        var random = SplitMix64(seed: 7)
        let words = ["a", "b", "ab", "c"]
        func path() -> String {
            let parts = (0..<Int.random(in: 0...3, using: &random)).map { _ in
                words.randomElement(using: &random) ?? "a"
            }
            return "/" + parts.joined(separator: "/") + (Bool.random(using: &random) && !parts.isEmpty ? "/" : "")
        }
        func elements(_ path: String) -> [Substring] { path.split(separator: "/") }
        for _ in 0..<400 {
            var table = RoutingTable()
            var rules: [(path: String, isExact: Bool)] = []
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let rule = (path: path(), isExact: Bool.random(using: &random))
                rules.append(rule)
                let name =
                    "\(rule.isExact ? "=" : "^")\(rule.isExact ? rule.path : "/" + elements(rule.path).joined(separator: "/"))"
                table.add(host: "", path: rule.path, type: rule.isExact ? .exact : .prefix, route: Self.route(name))
            }
            for _ in 0..<30 {
                let request = path()
                let exact = rules.contains { $0.isExact && $0.path == request } ? "=\(request)" : nil
                let prefix = rules.filter { !$0.isExact && elements(request).starts(with: elements($0.path)) }
                    .max { elements($0.path).count < elements($1.path).count }
                    .map { "^/" + elements($0.path).joined(separator: "/") }
                #expect(find(table, "h", request) == exact ?? prefix, "\(rules) \(request)")
            }
        }
    }
}

@Suite struct IngressRulesTests {
    func ingress(_ name: String, created: String = "2026-01-01T00:00:00Z", _ change: (inout Ingress) -> Void) -> Ingress
    {
        Ingress {
            $0.metadata.name = name
            $0.metadata.namespace = "d"
            $0.metadata.creationTimestamp = created
            change(&$0)
        }
    }
    func backend(_ name: String) -> IngressBackend {
        IngressBackend {
            $0.service = IngressServiceBackend {
                $0.name = name
                $0.port = ServiceBackendPort { $0.number = 80 }
            }
        }
    }
    func rule(_ host: String, _ path: String, _ name: String, type: String = "Prefix") -> IngressRule {
        IngressRule {
            $0.host = host
            $0.http = HTTPIngressRuleValue {
                $0.paths = [
                    HTTPIngressPath {
                        $0.path = path
                        $0.pathType = type
                        $0.backend = backend(name)
                    }
                ]
            }
        }
    }
    let ours = IngressClass {
        $0.metadata.name = "nginx"
        $0.spec.controller = IngressRules.controllerName
    }
    let others = IngressClass {
        $0.metadata.name = "traefik"
        $0.spec.controller = "traefik.io/ingress-controller"
    }
    func find(_ ingresses: [Ingress], _ host: String, _ path: String, classes: [IngressClass]? = nil) -> String? {
        let table = IngressRules(classes: classes ?? [ours, others]).table(of: ingresses)
        guard let host = RequestHost(host), let path = RequestPath(path) else { return nil }
        return table.route(host: host, path: path)?.target.service.name
    }

    @Test func classesSayWhoseAnIngressIs() {
        let rules = IngressRules(classes: [ours, others])
        #expect(rules.isOurs(ingress("a") { $0.spec.ingressClassName = "nginx" }))
        #expect(!rules.isOurs(ingress("a") { $0.spec.ingressClassName = "traefik" }))
        #expect(!rules.isOurs(ingress("a") { $0.spec.ingressClassName = "gone" }))
        #expect(rules.isOurs(ingress("a") { $0.metadata.annotations = [IngressRules.classAnnotation: "nginx"] }))
        #expect(!rules.isOurs(ingress("a") { _ in }))
        var standard = ours
        standard.metadata.annotations = [IngressRules.defaultClassAnnotation: "true"]
        #expect(IngressRules(classes: [standard]).isOurs(ingress("a") { _ in }))
    }

    /// Each with what of it cannot be served; the rest is.
    @Test func whatIsBrokenIsToldAndTheRestIsServed() {
        let gone = ingress("gone") { $0.spec.ingressClassName = "missing" }
        let another = ingress("another") { $0.spec.ingressClassName = "traefik" }
        let broken = ingress("broken") {
            $0.spec.ingressClassName = "nginx"
            $0.metadata.annotations = [
                "nginx.ingress.kubernetes.io/proxy-body-size": "many",
                "nginx.ingress.kubernetes.io/ssl-redirect": "yes",
                "nginx.ingress.kubernetes.io/rewrite-target": "/", "example.com/other": "x",
            ]
            var (bad, resource, portless) = (rule("h", "/../x", "a"), rule("h", "/r", "a"), rule("h", "/p", "a"))
            bad.http?.paths[0].pathType = "Prefix"
            resource.http?.paths[0].backend = IngressBackend { _ in }
            portless.http?.paths[0].backend?.service?.port = nil
            $0.spec.rules = [bad, resource, portless, rule("h", "/gone", "gone"), rule("h", "/fine", "fine")]
        }
        let younger = ingress("younger", created: "2026-02-01T00:00:00Z") {
            $0.spec.ingressClassName = "nginx"
            $0.spec.rules = [rule("h", "/fine", "gone"), rule("h", "/also", "fine")]
        }
        let fine = Service {
            $0.metadata.name = "fine"
            $0.metadata.namespace = "d"
            $0.spec.ports = [ServicePort { $0.port = 80 }]
        }
        let plan = IngressPlanner().plan(
            ingresses: [gone, another, broken, younger], classes: [ours, others], secret: { _ in nil },
            entry: { $0.name == "fine" ? ServiceEntry(service: fine) : nil })
        let problems = Set(plan.problems.map { "\($0.ingress.name) \($0.reason.rawValue): \($0.message)" })
        #expect(
            problems == [
                "gone InvalidClass: there is no IngressClass missing, so this Ingress is served by nobody",
                "broken InvalidAnnotation: the annotation nginx.ingress.kubernetes.io/proxy-body-size has no effect: \"many\" is no value of it",
                "broken InvalidAnnotation: the annotation nginx.ingress.kubernetes.io/ssl-redirect has no effect: \"yes\" is no value of it",
                "broken InvalidAnnotation: the annotation nginx.ingress.kubernetes.io/rewrite-target is not known here and has no effect",
                "broken InvalidPath: path /../x of host h leads out of the root",
                "broken InvalidBackend: the backend of path /r of host h is no Service; resources as backends are not known here",
                "broken InvalidBackend: the backend of path /p of host h names no port of service a",
                "broken InvalidBackend: there is no service gone",
                "younger InvalidPath: path /fine of host h is ingress d/broken's, which is older",
            ])
        #expect(find([gone, another, broken, younger], "h", "/fine") == "fine")
        #expect(find([gone, another, broken, younger], "h", "/also") == "fine")
    }

    @Test func aProblemIsToldOnceForAsLongAsItLasts() {
        let key = ObjectKey(namespace: "d", name: "i")
        let (one, other) = (IngressProblem(key, .backend, "a"), IngressProblem(key, .path, "b"))
        var news = ProblemNews()
        #expect(news.found([one]) == [one])
        #expect(news.found([one, other]) == [other])
        #expect(news.found([other]) == [])
        #expect(news.found([one, other]) == [one])
    }

    @Test func theOlderIngressKeepsAPath() {
        let young = ingress("a", created: "2026-02-01T00:00:00Z") {
            $0.spec.ingressClassName = "nginx"
            $0.spec.rules = [rule("h", "/x", "young"), rule("h", "/y", "young")]
        }
        let old = ingress("b") {
            $0.spec.ingressClassName = "nginx"
            $0.spec.rules = [rule("h", "/x/", "old")]
        }
        #expect(find([young, old], "h", "/x") == "old")
        #expect(find([young, old], "h", "/y") == "young")
    }

    @Test func defaultBackendsTakeWhatIsLeft() {
        let some = ingress("a") {
            $0.spec.ingressClassName = "nginx"
            $0.spec.rules = [rule("h", "/x", "x", type: "Exact")]
            $0.spec.defaultBackend = backend("rest-of-h")
        }
        let all = ingress("b") {
            $0.spec.ingressClassName = "nginx"
            $0.spec.defaultBackend = backend("everything")
        }
        #expect(find([some, all], "h", "/x") == "x")
        #expect(find([some, all], "h", "/x/y") == "rest-of-h")
        #expect(find([some, all], "other", "/") == "everything")
        #expect(find([some], "other", "/") == nil)
    }

    @Test func annotationsAreRead() {
        let secured = ingress("a") {
            $0.spec.tls = [IngressTLS { $0.hosts = ["h"] }]
            $0.metadata.annotations = [
                "nginx.ingress.kubernetes.io/ssl-redirect": "true",
                "nginx.ingress.kubernetes.io/proxy-body-size": "8m",
            ]
        }
        #expect(RouteOptions(secured).redirectsToHTTPS)
        #expect(RouteOptions(secured).maximumBodyBytes == 8 << 20)
        #expect(!RouteOptions(ingress("b") { $0.spec.tls = secured.spec.tls }).redirectsToHTTPS)
        for nonsense in ["", "m", "-1", "99999999999999999999g", "9223372036854775807g"] {
            let odd = ingress("c") {
                $0.metadata.annotations = ["nginx.ingress.kubernetes.io/proxy-body-size": nonsense]
            }
            #expect(RouteOptions(odd).maximumBodyBytes == nil, "\(nonsense)")
        }
    }
}
