import APIMachinery
import Foundation

/// Everything known of PriorityLevelConfigurations.
enum PriorityLevels {
    static let resource = Resource(
        "flowcontrol.apiserver.k8s.io/v1", "PriorityLevelConfiguration", plural: "prioritylevelconfigurations",
        isNamespaced: false,
        subresources: [.status("flowcontrol.apiserver.k8s.io/v1", "PriorityLevelConfiguration")],
        columns: [
            .name,
            .text("Type") { $0["spec", "type"]?.string ?? "" },
            number("NominalConcurrencyShares", ["nominalConcurrencyShares"]),
            number("Queues", ["limitResponse", "queuing", "queues"]),
            number("HandSize", ["limitResponse", "queuing", "handSize"]),
            number("QueueLengthLimit", ["limitResponse", "queuing", "queueLengthLimit"]),
            .age,
        ],
        prepareForCreate: Strategy.create(generation: true, status: .object),
        prepareForUpdate: Strategy.update(generation: true, status: true),
        prepareForStatusUpdate: Strategy.statusAlone, setDefaults: setDefaults, validate: validate,
        validateUpdate: { new, _ in validate(new) },
        validateStatusUpdate: { new, _ in FlowControlRules.conditions(new) },
        validateName: Validation.isDNS1123Subdomain, finalizerNames: .qualifiedWhenCreated)

    private static func number(_ name: String, _ path: [String]) -> Resource.Column {
        Resource.Column(name, "string") { level in
            var value = level["spec", "limited"]
            for field in path { value = value?[field] }
            return value ?? JSON(Cells.none)
        }
    }

    private static func setDefaults(_ level: inout JSON) {
        level.updateOrMake("spec") { spec in
            spec.update("exempt") { exempt in
                exempt.setDefault("nominalConcurrencyShares", 0)
                exempt.setDefault("lendablePercent", 0)
            }
            spec.update("limited") { limited in
                limited.setDefault("nominalConcurrencyShares", 30)
                limited.setDefault("lendablePercent", 0)
                limited.update("limitResponse") { response in
                    response.update("queuing") { queuing in
                        for (field, value) in [("queues", 64), ("handSize", 8), ("queueLengthLimit", 50)]
                        where queuing[field]?.int ?? 0 == 0 {
                            queuing[field] = JSON(value)
                        }
                    }
                }
            }
        }
    }

    private static func validate(_ level: JSON) -> [FieldError] {
        let name = level["metadata", "name"]?.string ?? ""
        var checker = FieldChecker()
        let kept = "flowcontrol.k8s.io/preserve-zero-concurrency-shares"
        if level["metadata", "annotations"]?[kept] != nil {
            checker.forbidden("metadata.annotations", "annotation '\(kept)' is forbidden")
        }
        checker.inside("spec", level["spec"] ?? .object) { checker, spec in
            checkSpec(&checker, spec, name)
            checkFixed(&checker, spec, name)
        }
        return checker.errors + FlowControlRules.conditions(level)
    }

    private static func checkFixed(_ checker: inout FieldChecker, _ spec: JSON, _ name: String) {
        guard let fixed = FlowControlBootstrap.mandatoryLevel(name)?["spec"] else { return }
        if name == "exempt" {
            var (have, want) = (spec, fixed)
            have["exempt"] = nil
            want["exempt"] = nil
            if have != want {
                checker.invalid(
                    "", spec, "spec of '\(name)' except the 'spec.exempt' field must equal the fixed value")
            }
        } else if spec != fixed {
            checker.invalid("", spec, "spec of '\(name)' must equal the fixed value")
        }
    }

    private static func checkSpec(_ checker: inout FieldChecker, _ spec: JSON, _ name: String) {
        let type = spec["type"]?.string ?? ""
        if (name == "exempt") != (type == "Exempt") {
            checker.invalid("type", JSON(type), "must be 'Exempt' if and only if `name` is 'exempt'")
        }
        switch type {
        case "Exempt":
            if spec["limited"] != nil { checker.forbidden("limited", "must be nil if the type is not Limited") }
            checker.inside("exempt", spec["exempt"]) { checkShares(&$0, $1) }
        case "Limited":
            if spec["exempt"] != nil { checker.forbidden("exempt", "must be nil if the type is Limited") }
            guard let limited = spec["limited"] else {
                return checker.required("limited", "must not be empty when type is Limited")
            }
            checker.inside("limited", limited) { checker, limited in
                checkShares(&checker, limited)
                if let percent = limited["borrowingLimitPercent"], percent.int ?? 0 < 0 {
                    checker.invalid(
                        "borrowingLimitPercent", percent, "if specified, must be a non-negative integer")
                }
            }
        default: checker.notSupported("type", JSON(type), ["Exempt", "Limited"])
        }
    }

    private static func checkShares(_ checker: inout FieldChecker, _ part: JSON) {
        if let shares = part["nominalConcurrencyShares"], shares.int ?? 0 < 0 {
            checker.invalid("nominalConcurrencyShares", shares, "must be a non-negative integer")
        }
        if let response = part["limitResponse"] {
            checker.inside("limitResponse", response) { checkResponse(&$0, $1) }
        }
        if let percent = part["lendablePercent"], !(0...100).contains(percent.int ?? -1) {
            checker.invalid("lendablePercent", percent, "must be between 0 and 100, inclusive")
        }
    }

    private static func checkResponse(_ checker: inout FieldChecker, _ response: JSON) {
        switch response["type"]?.string ?? "" {
        case "Reject":
            if response["queuing"] != nil {
                checker.forbidden("queuing", "must be nil if limited.limitResponse.type is not Limited")
            }
        case "Queue":
            guard let queuing = response["queuing"] else {
                return checker.required("queuing", "must not be empty if limited.limitResponse.type is Limited")
            }
            checker.inside("queuing", queuing) { checkQueues(&$0, $1) }
        default: checker.notSupported("type", response["type"] ?? "", ["Queue", "Reject"])
        }
    }

    private static let mostQueues = 10_000_000
    private static let hashBits = 60

    private static func checkQueues(_ checker: inout FieldChecker, _ queuing: JSON) {
        let (queues, hand) = (queuing["queues"]?.int ?? 0, queuing["handSize"]?.int ?? 0)
        if queuing["queueLengthLimit"]?.int ?? 0 <= 0 {
            checker.invalid("queueLengthLimit", queuing["queueLengthLimit"], "must be positive")
        }
        if queues <= 0 {
            checker.invalid("queues", queuing["queues"], "must be positive")
        } else if queues > mostQueues {
            checker.invalid("queues", queuing["queues"], "must not be greater than \(mostQueues)")
        }
        if hand <= 0 {
            checker.invalid("handSize", queuing["handSize"], "must be positive")
        } else if hand > queues {
            checker.invalid("handSize", queuing["handSize"], "should not be greater than queues (\(queues))")
        } else if entropyBits(queues, hand) > hashBits {
            checker.invalid(
                "handSize", queuing["handSize"],
                "required entropy bits of deckSize \(queues) and handSize \(hand) should not be greater than \(hashBits)"
            )
        }
    }

    /// How many bits of a hash it takes to deal a hand.
    static func entropyBits(_ deck: Int, _ hand: Int) -> Int {
        Int((0..<hand).reduce(0.0) { $0 + log2(Double(deck - $1)) }.rounded(.up))
    }
}
