import APIMachinery
import Basics
import Testing

@testable import KubeAPI

@Suite struct ColumnsTests {
    @Test func areThoseOfARealServer() throws {
        guard let tables = Reference.read("tables.json") else { return }
        for resource in ResourceRegistry.ofKubernetes where resource.verbs.contains(.get) {
            let kind = resource.groupVersionKind
            let path = "\(kind.group.isEmpty ? "" : kind.group)/\(kind.version)/\(resource.plural)"
            let fact = try #require(tables[path], "\(path)")
            #expect(
                resource.columns.map { [$0.name, $0.type, $0.format, "\($0.priority)"] }
                    == fact.elements.map { column in
                        ["name", "type", "format"].map { column[$0]?.string ?? "" }
                            + ["\(column["priority"]?.int ?? 0)"]
                    }, "\(path)")
        }
    }

    @Test(arguments: [
        (-5, "<invalid>"), (-1, "0s"), (0, "0s"), (119, "119s"), (120, "2m"), (184, "3m4s"), (600, "10m"),
        (10_799, "179m"), (10_800, "3h"), (12_060, "3h21m"), (28_800, "8h"), (172_799, "47h"), (172_800, "2d"),
        (180_000, "2d2h"), (691_200, "8d"), (63_071_999, "729d"), (63_072_000, "2y"), (94_694_400, "3y1d"),
        (252_288_000, "8y"),
    ])
    func durations(seconds: Int, text: String) { #expect(HumanDuration.text(seconds: seconds) == text) }

    private let now = Instant(secondsSince1970: 1_000_000_000)
    private func row(_ object: JSON, _ kind: GroupVersionKind) throws -> [String] {
        let resource = try #require(ResourceRegistry.builtIn.resource(kind))
        return resource.columns.map {
            let cell = $0.cellAt(object, now)
            return cell.string ?? cell.text
        }
    }
    private func ago(_ seconds: Int64) -> JSON { Instant(secondsSince1970: 1_000_000_000 - seconds).json }

    private func pod(_ status: JSON, deleted: Bool = false, initContainers: JSON = .array) -> JSON {
        var metadata: JSON = ["name": "p", "creationTimestamp": ago(90)]
        if deleted { metadata["deletionTimestamp"] = ago(1) }
        return [
            "metadata": metadata, "status": status,
            "spec": ["containers": [["name": "a"], ["name": "b"]], "initContainers": initContainers],
        ]
    }
    private func running(_ name: String, restarts: Int = 0, last: JSON = .object) -> JSON {
        [
            "name": JSON(name), "ready": true, "restartCount": JSON(restarts), "state": ["running": .object],
            "lastState": last,
        ]
    }

    @Test func pods() throws {
        let kind = Pod.groupVersionKind
        #expect(
            try row(pod(["phase": "Pending"]), kind) == [
                "p", "0/2", "Pending", "0", "90s", "<none>", "<none>", "<none>", "<none>",
            ])
        let terminated: JSON = ["terminated": ["finishedAt": ago(300)]]
        #expect(
            try row(
                pod([
                    "phase": "Running", "podIPs": [["ip": "10.0.0.1"]],
                    "containerStatuses": [running("a", restarts: 3, last: terminated), running("b")],
                ]), kind
            ).prefix(6) == ["p", "2/2", "Running", "3 (5m ago)", "90s", "10.0.0.1"])
        func status(_ pod: JSON) -> String { PodSummary(pod).status }
        #expect(
            status(
                pod([
                    "phase": "Running",
                    "containerStatuses": [running("a"), ["state": ["waiting": ["reason": "CrashLoopBackOff"]]]],
                ])) == "CrashLoopBackOff")
        #expect(
            status(
                pod([
                    "phase": "Succeeded",
                    "containerStatuses": [["state": ["terminated": ["reason": "Completed", "exitCode": 0]]]],
                ])) == "Completed")
        #expect(status(pod(["phase": "Running"], deleted: true)) == "Terminating")
        #expect(status(pod(["phase": "Succeeded"], deleted: true)) == "Succeeded")
        #expect(
            status(
                pod([
                    "phase": "Failed",
                    "containerStatuses": [["state": ["terminated": ["exitCode": 3]]]],
                ])) == "ExitCode:3")
    }

    @Test func podsThatInitialize() {
        let containers: JSON = [["name": "i"], ["name": "j"]]
        func status(_ first: JSON, _ second: JSON) -> String {
            PodSummary(
                pod(["phase": "Pending", "initContainerStatuses": [first, second]], initContainers: containers)
            ).status
        }
        let done: JSON = ["name": "i", "state": ["terminated": ["exitCode": 0]]]
        #expect(status(["state": ["running": .object]], .object) == "Init:0/2")
        #expect(status(done, ["state": ["waiting": ["reason": "PodInitializing"]]]) == "Init:1/2")
        #expect(status(done, ["state": ["waiting": ["reason": "ErrImagePull"]]]) == "Init:ErrImagePull")
        #expect(status(done, ["state": ["terminated": ["exitCode": 1, "reason": "Error"]]]) == "Init:Error")
    }

    @Test func services() throws {
        func service(_ spec: JSON, _ status: JSON = .object) -> JSON {
            ["metadata": ["name": "s"], "spec": spec, "status": status]
        }
        let kind = Service.groupVersionKind
        #expect(
            try row(
                service([
                    "type": "NodePort", "clusterIPs": ["10.96.0.1"], "selector": ["b": "2", "a": "1"],
                    "ports": [["port": 80, "nodePort": 30080, "protocol": "TCP"], ["port": 53, "protocol": "UDP"]],
                ]), kind) == ["s", "NodePort", "10.96.0.1", "<none>", "80:30080/TCP,53/UDP", "<unknown>", "a=1,b=2"])
        #expect(try row(service(["type": "LoadBalancer"]), kind)[3] == "<pending>")
        #expect(
            try row(
                service(["type": "LoadBalancer"], ["loadBalancer": ["ingress": [["ip": "1.2.3.4"]]]]), kind)[3]
                == "1.2.3.4")
        #expect(
            try row(service(["type": "ExternalName", "externalName": "a.b"]), kind)[2...4] == [
                "<none>", "a.b", "<none>",
            ])
    }

    @Test func others() throws {
        #expect(
            try row(
                [
                    "metadata": ["name": "d", "creationTimestamp": ago(0)],
                    "spec": [
                        "replicas": 3, "selector": ["matchLabels": ["app": "a"]],
                        "template": [
                            "spec": ["containers": [["name": "c", "image": "i"], ["name": "e", "image": "j"]]]
                        ],
                    ],
                    "status": ["readyReplicas": 1, "updatedReplicas": 2, "availableReplicas": 1],
                ], Deployment.groupVersionKind) == ["d", "1/3", "2", "1", "0s", "c,e", "i,j", "app=a"])
        #expect(
            try row(
                [
                    "metadata": ["name": "n", "labels": ["node-role.kubernetes.io/control-plane": ""]],
                    "spec": ["unschedulable": true],
                    "status": [
                        "conditions": [["type": "Ready", "status": "False"]],
                        "nodeInfo": ["kubeletVersion": "v1", "kernelVersion": "6.1", "architecture": "amd64"],
                    ],
                ], Node.groupVersionKind) == [
                    "n", "NotReady,SchedulingDisabled", "control-plane", "<unknown>", "v1", "<none>", "<none>",
                    "<unknown>", "6.1 (amd64)", "<unknown>",
                ])
        #expect(
            try row(
                [
                    "metadata": ["name": "i"],
                    "spec": [
                        "ingressClassName": "nginx", "tls": [.object],
                        "rules": [["host": "a"], ["host": "b"], ["host": "c"], ["host": "d"]],
                    ],
                ], Ingress.groupVersionKind) == ["i", "nginx", "a,b,c + 1 more...", "", "80, 443", "<unknown>"])
        #expect(
            try row(
                [
                    "addressType": "IPv4", "ports": [["port": 80]],
                    "endpoints": [["addresses": ["1.1.1.1"]], ["addresses": ["2.2.2.2"]]],
                ], EndpointSlice.groupVersionKind)[1...3] == ["IPv4", "80", "1.1.1.1,2.2.2.2"])
        #expect(
            try row(
                [
                    "metadata": ["name": "e"], "type": "Normal", "reason": "Pulled", "message": " ok ",
                    "lastTimestamp": ago(60), "involvedObject": ["kind": "Pod", "name": "p"],
                ], GroupVersionKind(group: "", version: "v1", kind: "Event"))[0...6]
                == ["60s", "Normal", "Pulled", "pod/p", "", "", "ok"])
    }
}
