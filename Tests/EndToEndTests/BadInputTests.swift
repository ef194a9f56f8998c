import APIMachinery
import Foundation
import Testing

extension EndToEndTests {
    /// What is malformed gets a 4xx with a sentence and changes nothing.
    @Suite(.serialized) struct BadInputTests {
        struct Case {
            var method = "POST"
            var path: String
            var headers: [String] = ["Content-Type: application/json"]
            var body: String?
        }

        static let configMaps = "/api/v1/namespaces/default/configmaps"
        static let deployments = "/apis/apps/v1/namespaces/default/deployments"

        static func configMap(_ metadata: String, _ rest: String = "") -> String {
            #"{"apiVersion":"v1","kind":"ConfigMap","metadata":\#(metadata)\#(rest)}"#
        }

        static func deployment(_ spec: String) -> String {
            #"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"x"},"spec":\#(spec)}"#
        }

        static func pod(_ spec: String) -> String {
            #"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"},"spec":\#(spec)}"#
        }

        /// Bodies that are not the object they claim to be.
        static var bodies: [Case] {
            let texts = [
                "", "{", "}", "[]", "null", "1", "\"x\"", "{\"a\"}", "{\"a\":}", "{'a':1}", "{\"a\":1,}", "{\"a\":01}",
                "{\"a\":\"\u{1}\"}", "{\"a\":\"\\x\"}", "{\"a\":tru}", "{\"a\":1}{\"b\":2}", "{\"a\":\"\\ud800\"}x",
                String(repeating: "[", count: 5_000), String(repeating: "{\"a\":", count: 600) + "1",
                configMap(#"{"name":"X"}"#), configMap(#"{"name":"a_b"}"#), configMap(#"{"name":"-a"}"#),
                configMap(#"{"name":""}"#), configMap("{}"), configMap(#"{"name":5}"#), configMap(#"{"name":["a"]}"#),
                configMap(#"[]"#), configMap(#""x""#), configMap(#"{"name":"a","namespace":"other"}"#),
                configMap(#"{"name":"a","labels":{"a b":"c"}}"#), configMap(#"{"name":"a","labels":{"a":"b c"}}"#),
                configMap(#"{"name":"a","labels":{"a":1}}"#), configMap(#"{"name":"a","labels":[]}"#),
                configMap(#"{"name":"a","annotations":{"/":"c"}}"#), configMap(#"{"name":"a","uid":7}"#),
                configMap(#"{"name":"a","resourceVersion":"5"}"#),
                configMap(#"{"name":"\#(String(repeating: "a", count: 254))"}"#),
                configMap(#"{"name":"a"}"#, #","data":[]"#), configMap(#"{"name":"a"}"#, #","data":{"a":1}"#),
                configMap(#"{"name":"a"}"#, #","data":{"a b":"c"}"#), configMap(#"{"name":"a"}"#, #","data":"x""#),
                configMap(#"{"name":"a"}"#, #","binaryData":{"a":"%%%"}"#),
                configMap(#"{"name":"a"}"#, #","immutable":"yes""#),
                configMap(#"{"name":"a","ownerReferences":[{"kind":"X"}]}"#),
                configMap(#"{"name":"a","finalizers":["no slash"]}"#),
                #"{"apiVersion":"v2","kind":"ConfigMap","metadata":{"name":"a"}}"#,
                #"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}}"#,
                #"{"kind":"ConfigMap","metadata":{"name":"a"}}"#.replacingOccurrences(of: "ConfigMap", with: "Secret"),
            ]
            return texts.map { Case(path: configMaps, body: $0) }
        }

        static var specs: [Case] {
            let pods = [
                "{}", #"{"containers":[]}"#, #"{"containers":{}}"#, #"{"containers":[{}]}"#,
                #"{"containers":[{"name":"a"}]}"#,
                #"{"containers":[{"name":"A","image":"a"}]}"#,
                #"{"containers":[{"name":"a","image":"a"},{"name":"a","image":"a"}]}"#,
                #"{"containers":[{"name":"a","image":"a","ports":[{"containerPort":70000}]}]}"#,
                #"{"containers":[{"name":"a","image":"a","env":[{"name":""}]}]}"#,
                #"{"containers":[{"name":"a","image":"a","imagePullPolicy":"Sometimes"}]}"#,
                #"{"containers":[{"name":"a","image":"a","volumeMounts":[{"name":"nope","mountPath":"/x"}]}]}"#,
                #"{"containers":[{"name":"a","image":"a","resources":{"limits":{"cpu":"much"}}}]}"#,
                #"{"containers":[{"name":"a","image":"a","resources":{"limits":{"cpu":"1"},"requests":{"cpu":"2"}}}]}"#,
                #"{"restartPolicy":"Maybe","containers":[{"name":"a","image":"a"}]}"#,
                #"{"terminationGracePeriodSeconds":"long","containers":[{"name":"a","image":"a"}]}"#,
                #"{"containers":[{"name":"a","image":"a","livenessProbe":{}}]}"#,
                #"{"dnsPolicy":"Never","containers":[{"name":"a","image":"a"}]}"#,
                #"{"volumes":[{"name":"v"},{"name":"v"}],"containers":[{"name":"a","image":"a"}]}"#,
                #"{"nodeName":5,"containers":[{"name":"a","image":"a"}]}"#,
            ]
            let deploys = [
                "{}",
                #"{"replicas":-1,"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"a","image":"a"}]}}}"#,
                #"{"replicas":"two"}"#, #"{"replicas":1.5}"#,
                #"{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"c"}},"spec":{"containers":[{"name":"a","image":"a"}]}}}"#,
                #"{"selector":{},"template":{"metadata":{"labels":{"a":"c"}},"spec":{"containers":[{"name":"a","image":"a"}]}}}"#,
                #"{"strategy":{"type":"Slow"},"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"a","image":"a"}]}}}"#,
            ]
            return pods.map { Case(path: "/api/v1/namespaces/default/pods", body: pod($0)) }
                + deploys.map { Case(path: deployments, body: deployment($0)) }
        }

        static var requests: [Case] {
            let good = configMap(#"{"name":"kept"}"#)
            let patches = [
                ("application/json-patch+json", "{}"), ("application/json-patch+json", #"[{"op":"jump","path":"/a"}]"#),
                ("application/json-patch+json", #"[{"op":"test","path":"/data/a","value":"no"}]"#),
                ("application/json-patch+json", #"[{"op":"remove","path":"/nothing"}]"#),
                ("application/merge-patch+json", "[]"), ("application/merge-patch+json", "{"),
                ("application/strategic-merge-patch+json", "7"), ("text/plain", "{}"),
                ("application/octet-stream", "{}"),
            ]
            var cases = patches.map {
                Case(method: "PATCH", path: configMaps + "/kept", headers: ["Content-Type: \($0.0)"], body: $0.1)
            }
            for query in [
                "labelSelector=a%20b%20c", "labelSelector=a%20in%20b", "fieldSelector=spec.nope%3Dx", "limit=1.5",
                "limit=x",
                "continue=nonsense", "resourceVersion=abc", "resourceVersion=-5", "resourceVersionMatch=Exact",
                "resourceVersion=1&resourceVersionMatch=Perhaps", "watch=1&resourceVersion=x",
                "timeoutSeconds=x&watch=1",
            ] {
                cases.append(Case(method: "GET", path: "\(configMaps)?\(query)", headers: [], body: nil))
            }
            cases += [
                Case(path: configMaps + "?fieldValidation=Perhaps", body: good),
                Case(path: configMaps + "?dryRun=Some", body: good),
                Case(path: "/api/v1/namespaces/absent/configmaps", body: good),
                Case(path: configMaps + "?fieldValidation=Strict", body: configMap(#"{"name":"a"}"#, #","dota":{}"#)),
                Case(path: configMaps + "?fieldValidation=Strict", body: configMap(#"{"name":"a","name":"b"}"#)),
                Case(path: configMaps, headers: ["Content-Type: text/plain"], body: good),
                Case(path: configMaps, headers: ["Content-Type: application/yaml"], body: "a: [1"),
                Case(path: configMaps, headers: ["Content-Type: application/yaml"], body: "a: &a [*a]"),
                Case(path: configMaps, headers: ["Content-Type: application/vnd.kubernetes.protobuf"], body: "k8s"),
                Case(method: "PUT", path: configMaps + "/other", body: good),
                Case(method: "PUT", path: configMaps, body: good),
                Case(method: "DELETE", path: configMaps + "/absent", body: nil),
                Case(method: "GET", path: configMaps + "/absent", body: nil),
                Case(method: "GET", path: "/api/v9/pods", body: nil),
                Case(method: "GET", path: "/apis/none/v1/pods", body: nil),
                Case(method: "GET", path: "/api/v1/nothings", body: nil),
                Case(method: "TRACE", path: configMaps, body: nil),
                Case(method: "GET", path: "/api/v1/namespaces/default/pods/x/log", body: nil),
                Case(path: "/apply", headers: ["Content-Type: application/yaml"], body: "kind: [}"),
                Case(path: "/create", body: "{"), Case(path: "/update", body: "[]"),
                Case(method: "GET", path: "/user/x", body: nil),
                Case(method: "GET", path: "/audit/events?limit=x", body: nil),
                Case(method: "GET", path: "/no/such/page", body: nil),
            ]
            return cases
        }

        @Test func hundredMalformedRequestsGetASentenceAndChangeNothing() throws {
            let cluster = try ClusterProcess()
            defer { cluster.remove() }
            try cluster.start()
            let kept = try cluster.curl(
                Self.configMaps,
                [
                    "-H", "Content-Type: application/json", "-d",
                    Self.configMap(#"{"name":"kept"}"#, #","data":{"a":"b"}"#),
                ])
            #expect(kept.output.contains("\"kept\""))
            let before = try cluster.objects()
            let all = Self.bodies + Self.specs + Self.requests
            #expect(all.count >= 100)
            for (index, item) in all.enumerated() {
                var options = ["-X", item.method, "-w", "\n%{http_code}"]
                for header in item.headers { options += ["-H", header] }
                let file = "\(cluster.directory)/body"
                if let body = item.body {
                    try body.write(toFile: file, atomically: true, encoding: .utf8)
                    options += ["--data-binary", "@\(file)"]
                }
                let answer = try cluster.curl(item.path, options)
                let lines = answer.output.split(separator: "\n", omittingEmptySubsequences: false)
                let code = Int(lines.last ?? "") ?? 0
                let label = "\(index): \(item.method) \(item.path) \(item.body?.prefix(120) ?? "")"
                #expect((400..<500).contains(code), "\(label) got \(answer.output.prefix(300)) \(answer.errors)")
                let sentence = lines.dropLast().joined(separator: "\n")
                #expect(sentence.count > 10, "\(label) says nothing")
            }
            #expect(try cluster.objects() == before)
        }
    }
}

extension ClusterProcess {
    /// Names of the objects that a bad request could have made.
    fileprivate func objects() throws -> [String] {
        try ["configmaps", "pods", "deployments", "secrets"].map { resource in
            try kubectlDone(
                "get", resource, "-A", "-o",
                "jsonpath={range .items[*]}{.metadata.name}:{.metadata.resourceVersion} {end}")
        }
    }
}
