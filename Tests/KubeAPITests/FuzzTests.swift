import APIMachinery
import Basics
import Testing

@testable import KubeAPI

/// Objects with something broken in their text, from a fixed seed: what is taken must be in a form that stays as it is,
/// and nothing may trap.
@Suite struct FuzzTests {
    private static let samples = [
        #"""
        {"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","labels":{"x":"y"},"ownerReferences":[{"uid":"1"}]},
        "spec":{"containers":[{"name":"c","image":"i:1","ports":[{"containerPort":80,"hostPort":0}],
        "env":[{"name":"A","valueFrom":{"fieldRef":{"fieldPath":"metadata.labels['x']"}}}],
        "resources":{"limits":{"cpu":"0.5","memory":1024}},"livenessProbe":{"httpGet":{"port":"http"}},
        "volumeMounts":[{"name":"v","mountPath":"/v"}]}],"initContainers":[{"name":"d","image":""}],
        "volumes":[{"name":"v","projected":{"sources":[{"secret":{"name":"s","items":[{"key":"k","path":"p"}]}}]}}],
        "tolerations":[{"operator":"Exists"}],"topologySpreadConstraints":[{"maxSkew":1,"topologyKey":"z"}],
        "affinity":{"nodeAffinity":{"preferredDuringSchedulingIgnoredDuringExecution":[{"weight":1,"preference":{}}]}}}}
        """#,
        #"""
        {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"replicas":2,"selector":{"matchLabels":
        {"app":"a"},"matchExpressions":[{"key":"k","operator":"In","values":["v"]}]},"strategy":{"rollingUpdate":
        {"maxSurge":"25%"}},"template":{"metadata":{"labels":{"app":"a"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}
        """#,
        #"""
        {"apiVersion":"v1","kind":"Service","metadata":{"name":"s"},"spec":{"type":"LoadBalancer","clusterIPs":["10.0.0.1"],
        "clusterIP":"10.0.0.1","ipFamilies":["IPv4"],"ports":[{"port":80,"targetPort":"http","nodePort":30000}],
        "sessionAffinity":"ClientIP"},"status":{"loadBalancer":{"ingress":[{"ip":"1.2.3.4"}]}}}
        """#,
        #"""
        {"apiVersion":"networking.k8s.io/v1","kind":"Ingress","metadata":{"name":"i"},"spec":{"rules":[{"host":"*.a.b","http":
        {"paths":[{"path":"/a","pathType":"Prefix","backend":{"service":{"name":"s","port":{"number":80}}}}]}}],"tls":[{}]}}
        """#,
        #"""
        {"apiVersion":"discovery.k8s.io/v1","kind":"EndpointSlice","metadata":{"name":"e"},"addressType":"IPv6","endpoints":
        [{"addresses":["fd00::1"],"conditions":{"ready":true},"hints":{"forZones":[{"name":"z"}]}}],"ports":[{"port":1}]}
        """#,
        #"""
        {"apiVersion":"v1","kind":"PersistentVolume","metadata":{"name":"p"},"spec":{"capacity":{"storage":"1Gi"},
        "accessModes":["ReadWriteOnce"],"hostPath":{"path":"/a"},"claimRef":{"name":"c"}}}
        """#,
    ]
    private static let pieces = [
        "{}", "[]", "null", "0", "-1", "1e9", "\"\"", "\"x\"", "true", "false", "{\"a\":1}", "[null]", "[{}]",
        "99999999999",
    ]

    @Test(arguments: samples.indices) func takesOnlyWhatStays(sample: Int) throws {
        var chance = SplitMix64(seed: UInt64(sample) + 1)
        let original = Array(Self.samples[sample].utf8)
        let body = try JSON(parsing: original)
        let kind = GroupVersionKind(apiVersion: body["apiVersion"]?.string ?? "", kind: body["kind"]?.string ?? "")
        let resource = try #require(ResourceRegistry.builtIn.resource(kind))
        let schema = try #require(resource.schema)
        var taken = 0
        for _ in 0..<500 {
            guard let object = try? JSON(parsing: mutated(original, &chance)), object.isObject,
                let reading = try? schema.read(object)
            else { continue }
            let again = try schema.read(try JSON(parsing: reading.value.bytes))
            #expect(again.value == reading.value && again.unknownFields == [], "\(object.text)")
            var new = reading.value
            resource.setDefaults(&new)
            resource.prepareForCreate(&new)
            var twice = new
            resource.setDefaults(&twice)
            #expect(twice == new, "\(object.text)")
            _ = resource.errors(creating: new)
            _ = resource.errors(updating: new, from: try schema.read(body).value)
            _ = resource.warnings(new, nil)
            for column in resource.columns { _ = column.cell(new) }
            // Both ways of telling who owns a new object's fields say the same.
            #expect(ownership(new, schema, quick: true) == ownership(new, schema, quick: false), "\(new.text)")
            taken += 1
        }
        #expect(taken > 50)
    }

    private func ownership(_ object: JSON, _ type: SchemaType, quick: Bool) -> String? {
        let manager = ServerSideApply.Manager(name: "m", time: Instant(secondsSince1970: 0))
        let (ignored, name) = ([["status"]], "managedFields")
        if quick {
            return ServerSideApply.ownership(ofNew: object, type: type, manager: manager, ignoring: ignored)?
                .canonicalText
        }
        return ServerSideApply.recordUpdate(from: nil, to: object, type: type, manager: manager, ignoring: ignored)[
            "metadata", name]?.canonicalText
    }

    /// Replaces one value by another, or changes a byte.
    private func mutated(_ text: [UInt8], _ chance: inout SplitMix64) -> [UInt8] {
        var text = text
        let at = Int.random(in: 0..<text.count, using: &chance)
        if Bool.random(using: &chance) {
            text[at] = UInt8.random(in: 0x20..<0x7F, using: &chance)
            return text
        }
        guard let colon = text[at...].firstIndex(of: UInt8(ascii: ":")),
            let end = text[colon...].firstIndex(where: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "}") }),
            let piece = Self.pieces.randomElement(using: &chance)
        else { return text }
        text.replaceSubrange(colon + 1..<end, with: Array(piece.utf8))
        return text
    }
}
