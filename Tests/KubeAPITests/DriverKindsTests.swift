import APIMachinery
import Testing

@testable import KubeAPI

/// The kinds of drivers, addresses and flow control: what is refused, what may change, what is kept.
@Suite struct DriverKindsTests: KindRules {
    private let storage = "storage.k8s.io/v1"

    // MARK: Storage

    @Test func drivers() throws {
        let driver = try made(
            storage, "CSIDriver",
            [
                "spec": [
                    "volumeLifecycleModes": ["Later"], "fsGroupPolicy": "Some",
                    "nodeAllocatableUpdatePeriodSeconds": 5,
                    "tokenRequests": [["audience": "a", "expirationSeconds": 5], ["audience": "a"]],
                ]
            ])
        #expect(
            try said(driver) == [
                "spec.fsGroupPolicy: Unsupported value: \"Some\": supported values: \"File\", \"None\", \"ReadWriteOnceWithFSType\"",
                "spec.tokenRequests[0].expirationSeconds: Invalid value: 5: may not specify a duration less than 10 minutes",
                "spec.tokenRequests[1].audience: Duplicate value: \"a\"",
                "spec.volumeLifecycleModes: Unsupported value: \"Later\": supported values: \"Persistent\", \"Ephemeral\"",
                "spec.nodeAllocatableUpdatePeriodSeconds: Invalid value: 5: must be greater than or equal to 10 seconds",
            ])
        let sound = try made(storage, "CSIDriver", ["spec": .object])
        #expect(
            try saidOfUpdate(sound) { $0.set(["spec", "attachRequired"], to: false) } == [
                "spec.attachedRequired: Invalid value: false: field is immutable"
            ])
        #expect(try saidOfUpdate(sound) { $0.set(["spec", "requiresRepublish"], to: true) } == [])
    }

    @Test func nodesOfDrivers() throws {
        let node = try made(
            storage, "CSINode",
            [
                "spec": [
                    "drivers": [
                        ["name": "a.example", "nodeID": "1", "topologyKeys": ["zone"], "allocatable": ["count": 3]],
                        ["name": "a.example", "nodeID": ""],
                    ]
                ]
            ])
        #expect(
            try said(node) == [
                "spec.drivers[1].nodeID: Required value", "spec.drivers[1].name: Duplicate value: \"a.example\"",
            ])
        var sound = node
        sound["spec", "drivers"] = JSON([node["spec", "drivers"]?[0] ?? .null])
        #expect(
            try saidOfUpdate(sound) { node in
                node.update("spec") { $0.updateEach("drivers") { $0["allocatable"] = ["count": 4] } }
            } == [])
        #expect(
            try saidOfUpdate(sound) { node in
                node.update("spec") { $0.updateEach("drivers") { $0["nodeID"] = "2" } }
            }.count == 1)
    }

    @Test func attachments() throws {
        let attachment = try made(
            storage, "VolumeAttachment", ["spec": ["attacher": "", "nodeName": "N_", "source": .object]])
        let sentences = try said(attachment)
        #expect(sentences.count == 3)
        #expect(sentences.first == "spec.attacher: Required value")
        #expect(
            sentences.contains(
                "spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName"))
        let sound = try made(
            storage, "VolumeAttachment",
            ["spec": ["attacher": "a.example", "nodeName": "n", "source": ["persistentVolumeName": "v"]]])
        #expect(try said(sound) == [] && sound["status"] == ["attached": false])
        #expect(try saidOfUpdate(sound, { $0.set(["spec", "nodeName"], to: "m") }).count == 1)
        var told = sound
        told.set(["status", "attached"], to: true)
        told.set(["metadata", "labels"], to: ["a": "b"])
        try resource(storage, "VolumeAttachment").prepareForStatusUpdate(&told, sound)
        #expect(told["status", "attached"] == true && told["metadata", "labels"] == nil)
    }

    @Test func classesAndCapacities() throws {
        let attributes = try made(storage, "VolumeAttributesClass", ["driverName": "a.example"])
        #expect(
            try said(attributes) == ["parameters: Required value: must contain at least one key/value pair"])
        let capacity = try made(storage, "CSIStorageCapacity", ["storageClassName": "fast", "capacity": "-1"])
        #expect(try said(capacity) == ["capacity: Invalid value: \"-1\": must be greater than or equal to 0"])
        let sound = try made(storage, "CSIStorageCapacity", ["storageClassName": "fast", "capacity": "1Gi"])
        #expect(try saidOfUpdate(sound) { $0["capacity"] = "2Gi" } == [])
        #expect(
            try saidOfUpdate(sound) { $0["storageClassName"] = "slow" } == [
                "storageClassName: Invalid value: \"slow\": field is immutable"
            ])
    }

    // MARK: Networks

    @Test func rangesOfServices() throws {
        func range(_ ranges: JSON) throws -> JSON {
            try made("networking.k8s.io/v1", "ServiceCIDR", ["spec": ["cidrs": ranges]])
        }
        #expect(try said(range([])) == ["spec.cidrs: Required value: at least one CIDR required"])
        #expect(try said(range(["10.0.0.0/16", "10.1.0.0/16"])).count == 1)
        #expect(try said(range(["10.0.0.0/16", "fd00::/108"])) == [])
        #expect(try !said(range(["10.0.0.5/33"])).isEmpty)
        let sound = try range(["10.0.0.0/16"])
        #expect(
            try saidOfUpdate(sound) { $0.set(["spec", "cidrs"], to: ["10.1.0.0/16"]) } == [
                "spec.cidrs[0]: Invalid value: \"10.1.0.0/16\": field is immutable"
            ])
        #expect(try saidOfUpdate(sound) { $0.set(["spec", "cidrs"], to: ["10.0.0.0/16", "fd00::/108"]) } == [])
        #expect(try saidOfUpdate(sound, { $0.set(["spec", "cidrs"], to: []) }).count == 1)
    }

    @Test func addresses() throws {
        func address(_ spec: JSON) throws -> JSON {
            try made("networking.k8s.io/v1", "IPAddress", ["spec": spec], name: "10.0.0.1")
        }
        #expect(try said(address(.object)) == ["spec.parentRef: Required value"])
        #expect(
            try said(address(["parentRef": ["resource": "services"]])) == ["spec.parentRef.name: Required value"])
        #expect(try said(address(["parentRef": ["resource": "services", "name": "a", "namespace": "b"]])) == [])
    }

    // MARK: Flow control

    private let flow = "flowcontrol.apiserver.k8s.io/v1"

    /// What every cluster has is sound by the rules, and what is mandatory may not be another.
    @Test func whatEveryClusterHasIsSound() throws {
        for object in FlowControlBootstrap.levels + FlowControlBootstrap.schemas {
            let kept = try created(object)
            #expect(try said(kept) == [], "\(object["metadata", "name"]?.string ?? "")")
            #expect(kept["spec"] == object["spec"], "defaults would change it at every start: \(kept.text)")
        }
        var exempt = try created(#require(FlowControlBootstrap.mandatorySchema("exempt")))
        exempt.set(["spec", "matchingPrecedence"], to: 2)
        #expect(try said(exempt).last?.contains("spec of 'exempt' must equal the fixed value") == true)
        var level = try created(#require(FlowControlBootstrap.mandatoryLevel("exempt")))
        level.set(["spec", "exempt", "nominalConcurrencyShares"], to: 7)
        #expect(try said(level) == [])
    }

    @Test func schemas() throws {
        let schema = try made(
            flow, "FlowSchema",
            [
                "spec": [
                    "matchingPrecedence": 1, "priorityLevelConfiguration": ["name": ""],
                    "rules": [
                        [
                            "subjects": [["kind": "User"], ["kind": "Robot"]],
                            "resourceRules": [
                                ["verbs": ["*", "get"], "apiGroups": [""], "resources": ["pods"], "namespaces": []]
                            ],
                            "nonResourceRules": [["verbs": ["get"], "nonResourceURLs": ["a", "/a/*b", "/ok/*"]]],
                        ]
                    ],
                ]
            ])
        #expect(
            try said(schema) == [
                "spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1",
                "spec.priorityLevelConfiguration.name: Required value: must reference a priority level",
                "spec.rules[0].subjects[0].user: Required value: user is required when subject kind is 'User'",
                "spec.rules[0].subjects[1].kind: Unsupported value: \"Robot\": supported values: \"Group\", \"ServiceAccount\", \"User\"",
                "spec.rules[0].resourceRules[0].verbs: Invalid value: [\"*\",\"get\"]: if '*' is present, must not specify other verbs",
                "spec.rules[0].resourceRules[0].namespaces: Required value: resource rules that are not cluster scoped must supply at least one namespace",
                "spec.rules[0].nonResourceRules[0].nonResourceURLs[0]: Invalid value: \"a\": must start with slash",
                "spec.rules[0].nonResourceRules[0].nonResourceURLs[1]: Invalid value: \"/a/*b\": wildcard can only do suffix matching",
            ])
    }

    @Test func levels() throws {
        let level = try made(
            flow, "PriorityLevelConfiguration",
            [
                "spec": [
                    "type": "Limited",
                    "limited": [
                        "lendablePercent": 101,
                        "limitResponse": ["type": "Queue", "queuing": ["queues": 4, "handSize": 5]],
                    ],
                ]
            ])
        #expect(level["spec", "limited", "nominalConcurrencyShares"] == 30)
        #expect(
            try said(level) == [
                "spec.limited.limitResponse.queuing.handSize: Invalid value: 5: should not be greater than queues (4)",
                "spec.limited.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive",
            ])
        #expect(PriorityLevels.entropyBits(128, 9) <= 64 && PriorityLevels.entropyBits(512, 8) > 60)
        #expect(
            try said(try made(flow, "PriorityLevelConfiguration", ["spec": ["type": "Exempt"]])) == [
                "spec.type: Invalid value: \"Exempt\": must be 'Exempt' if and only if `name` is 'exempt'"
            ])
    }
}
