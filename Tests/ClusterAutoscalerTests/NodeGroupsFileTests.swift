import Testing

@testable import ClusterAutoscaler

@Suite struct NodeGroupsFileTests {
    @Test func aFileIsReadWhole() throws {
        let file = try NodeGroupsFile(
            yaml: Array(
                """
                expander: [priority, least-waste]
                scanInterval: 500ms
                coresTotal: 1:64
                startupTaints: [example.com/booting]
                maxGracefulTerminationSec: 30
                scaleDownUnneededTime: 1m30s
                scaleDownUtilizationThreshold: 0.7
                balanceSimilarNodeGroups: true
                skipNodesWithSystemPods: false
                groups:
                - {name: a, minSize: 1, maxSize: 3, hourlyPrice: 0.25, priority: 7, capacity: {cpu: 4, memory: 16Gi}}
                - {name: b, maxSize: 2, labels: {disk: ssd}, taints: [{key: k, effect: NoExecute}], scaleDownUnneededTime: 5s}
                """.utf8))
        #expect(file.groups.map(\.name) == ["a", "b"])
        #expect(file.groups[0].minSize == 1 && file.groups[0].maxSize == 3 && file.groups[0].hourlyPrice == 0.25)
        #expect(file.groups[0].capacity == ["cpu": "4", "memory": "16Gi"] && file.groups[0].priority == 7)
        #expect(file.groups[1].labels == ["disk": "ssd"] && file.groups[1].taints.count == 1)
        #expect(file.groups[1].options.scaleDownUnneededTime == .seconds(5))
        var expected = AutoscalerOptions()
        expected.expanders = [.priority, .leastWaste]
        expected.scanInterval = .milliseconds(500)
        expected.coresTotal = 1...64
        expected.startupTaints = ["example.com/booting"]
        expected.maxGracefulTermination = .seconds(30)
        expected.scaleDownUnneededTime = .seconds(90)
        expected.scaleDownUtilizationThreshold = 0.7
        expected.balancesSimilarGroups = true
        expected.skipsNodesWithSystemPods = false
        #expect(file.options == expected)
    }

    @Test(arguments: [
        ("", "must be a mapping"), ("groups: []", "groups: must be 1 to 100 groups"),
        ("groups: 3", "groups: must be a list"),
        ("groups: [{maxSize: 1}]", "groups[0].name: must be a name of small letters, digits and -"),
        ("groups: [{name: A, maxSize: 1}]", "groups[0].name: must be a name of small letters, digits and -"),
        ("groups: [{name: a}]", "groups[0].maxSize: is required"),
        ("groups: [{name: a, maxSize: 0}]", "groups[0].maxSize: must be a number from 1 to 5000"),
        ("groups: [{name: a, maxSize: 2, minSize: 3}]", "groups[0].minSize: must be a number from 0 to 2"),
        (
            "groups: [{name: a, maxSize: 1}, {name: a, maxSize: 1}]",
            "groups[1].name: there is another group of this name"
        ),
        (
            "groups: [{name: a, maxSize: 1, capacity: {cpu: many}}]",
            "groups[0].capacity.cpu: must be a quantity, such as 4 or 16Gi"
        ),
        (
            "groups: [{name: a, maxSize: 1, taints: [{key: k, effect: Never}]}]",
            "groups[0].taints[0]: must have a key and an effect: NoSchedule, PreferNoSchedule, NoExecute"
        ),
        (
            "{expander: [best], groups: [{name: a, maxSize: 1}]}",
            "expander[0]: must be one of random, most-pods, least-waste, least-nodes, price, priority"
        ),
        ("{coresTotal: 5, groups: [{name: a, maxSize: 1}]}", "coresTotal: must be a string"),
        (
            "{coresTotal: '5:1', groups: [{name: a, maxSize: 1}]}",
            "coresTotal: must be the least and the most, such as 0:320000"
        ),
        ("{cloudProvider: aws}", "cloudProvider: must be skiff or externalgrpc"),
        ("{cloudProvider: externalgrpc}", "cloudConfig: goes with cloudProvider externalgrpc"),
        (
            "{cloudProvider: externalgrpc, cloudConfig: /x, groups: [{name: a, maxSize: 1}]}",
            "groups: are the provider's, so there must be none here"
        ),
        ("{scanInterval: 1ms, groups: [{name: a, maxSize: 1}]}", "scanInterval: must be at least 100ms"),
        (
            "{scanInterval: soon, groups: [{name: a, maxSize: 1}]}",
            "scanInterval: must be a duration, such as 30s or 10m"
        ),
    ]) func whatCannotBeIsToldWithItsField(_ text: String, _ sentence: String) {
        let fault = #expect(throws: NodeGroupsFile.Fault.self) { try NodeGroupsFile(yaml: Array(text.utf8)) }
        #expect(fault?.description == sentence)
    }
}
