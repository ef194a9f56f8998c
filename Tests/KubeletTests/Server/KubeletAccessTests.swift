import Basics
import HTTPServer
import Testing

@testable import Kubelet

@Suite struct KubeletAccessTests {
    /// As Kubernetes 1.36 maps them: the finest part first, `proxy` where it stood for all before.
    @Test(arguments: [
        ("/pods", "pods proxy"), ("/pods/x", "pods proxy"), ("/podsx", "proxy"), ("/runningpods", "pods proxy"),
        ("/healthz", "healthz proxy"), ("/healthz/syncloop", "healthz proxy"), ("/configz", "configz proxy"),
        ("/stats", "stats"), ("/stats/summary", "stats"), ("/metrics", "metrics"), ("/metrics/cadvisor", "metrics"),
        ("/metricsx", "proxy"), ("/logs", "log"), ("/logs/syslog", "log"), ("/checkpoint/a/b/c", "checkpoint"),
        ("/statusz", "statusz"), ("/flagz", "configz"), ("/exec/a/b/c", "proxy"), ("/run/a/b/c", "proxy"),
        ("/containerLogs/a/b/c", "proxy"), ("/portForward/a/b", "proxy"), ("/attach/a/b/c", "proxy"), ("/", "proxy"),
        ("/debug/pprof", "proxy"), ("", "proxy"),
    ])
    func partsOfPaths(path: String, parts: String) {
        #expect(KubeletAccess(method: "GET", path: path).subresources.joined(separator: " ") == parts)
    }

    @Test(arguments: [
        ("GET", "get"), ("POST", "create"), ("PUT", "update"), ("PATCH", "patch"), ("DELETE", "delete"), ("HEAD", ""),
        ("OPTIONS", ""),
    ])
    func verbsOfMethods(method: String, verb: String) {
        #expect(KubeletAccess(method: method, path: "/pods").verb == verb)
    }

    @Test func refusalsAreTheKubelets() {
        #expect(
            KubeletAccess(method: "GET", path: "/healthz").refusal("alice")
                == "Forbidden (user=alice, verb=get, resource=nodes, subresource(s)=[healthz proxy])\n")
        #expect(
            KubeletAccess(method: "POST", path: "/run/a/b/c").failure("bob", "proxy")
                == "Authorization error (user=bob, verb=create, resource=nodes, subresource=proxy)")
    }

    @Test(arguments: [
        ("GET", "/pods/", KubeletRoute.pods), ("POST", "/pods", .otherMethod), ("GET", "/pods/x", .notFound),
        ("GET", "/healthz/ping", .health("ping")), ("GET", "/metrics", .metrics(.all)),
        ("GET", "/metrics/resource", .metrics(.resource)), ("GET", "/metrics/other", .notFound),
        ("GET", "/stats/summary", .summary), ("GET", "/stats/container", .notFound), ("GET", "/logs/", .nodeLogs([])),
        ("GET", "/logs/a/b", .nodeLogs(["a", "b"])), ("GET", "/runningpods/", .runningPods),
        ("GET", "/containerLogs/ns/pod/c", .containerLogs(.init(namespace: "ns", name: "pod"), container: "c")),
        ("GET", "/containerLogs/ns/pod", .notFound), ("POST", "/containerLogs/ns/pod/c", .otherMethod),
        ("POST", "/exec/ns/pod/c", .exec(.init(namespace: "ns", name: "pod"), container: "c")),
        ("GET", "/exec/ns/pod/uid/c", .exec(.init(namespace: "ns", name: "pod", uid: "uid"), container: "c")),
        ("PUT", "/exec/ns/pod/c", .otherMethod), ("GET", "/run/ns/pod/c", .otherMethod),
        ("POST", "/run/ns/pod/c", .run(.init(namespace: "ns", name: "pod"), container: "c")),
        ("GET", "/portForward/ns/pod", .portForward(.init(namespace: "ns", name: "pod"))),
        ("GET", "/portForward/ns/pod/uid", .portForward(.init(namespace: "ns", name: "pod", uid: "uid"))),
        ("GET", "/portForward/ns", .notFound), ("GET", "/exec//pod/c", .notFound), ("GET", "/", .notFound),
        ("POST", "/checkpoint/ns/pod/c", .checkpoint(.init(namespace: "ns", name: "pod"), container: "c")),
    ])
    func routesOfPaths(method: String, path: String, route: KubeletRoute) throws {
        let segments = try #require(PercentEncoding.segments(ofPath: path))
        #expect(KubeletRoute(method: method, segments) == route)
    }

    @Test(arguments: [
        ("follow=true&tailLines=3&timestamps=1", 200), ("follow", 200), ("tail=all", 200), ("tail=5", 200),
        ("stream=All", 200), ("tailLines=x", 400), ("follow=perhaps", 400), ("sinceTime=yesterday", 400),
        ("stream=Stdout", 400), ("tailLines=-1", 422), ("limitBytes=0", 422), ("sinceSeconds=0", 422),
        ("sinceSeconds=1&sinceTime=2024-01-01T00:00:00Z", 422), ("tail=x", 400),
    ])
    func queriesOfLogs(query: String, status: Int) throws {
        switch KubeletServer.logOptions("c", try #require(Query(query))) {
        case .success(let options):
            #expect(status == 200 && options.container == "c")
            if query.contains("follow") { #expect(options.follow) }
            if query == "tail=5" { #expect(options.tailLines == 5) }
        case .failure(let refusal): #expect(refusal.status == status)
        }
    }
}
