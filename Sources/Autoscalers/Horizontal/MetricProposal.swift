import APIMachinery
import Basics
import KubeAPI

/// What one metric of an autoscaler asks for, with what its status says of it.
struct MetricProposal: Sendable, Equatable {
    var replicas: Int
    /// As events name the metric.
    var name: String
    /// An entry of `status.currentMetrics`.
    var status: JSON
}

/// Why one metric asks for nothing.
struct MetricRefusal: Error, Equatable {
    /// Of the event, and of ScalingActive.
    var reason: String
    /// What went wrong with the metric.
    var cause: String
    /// The same as the sentence about all metrics has it.
    var sentence: String
}

extension UsageCalculator {
    /// `reading` belongs to the metric; `replicas` are the target's, as it says and as its status counts.
    func proposal(
        _ metric: MetricSpec, _ reading: MetricReading, _ scale: ScaleState
    ) throws(MetricRefusal) -> MetricProposal {
        switch metric.type {
        case "Resource": return try ofResource(metric, reading, scale)
        case "ContainerResource": return try ofContainers(metric, reading, scale)
        case "Pods": return try ofPods(metric, reading, scale)
        case "Object": return try ofObject(metric, reading, scale)
        case "External": return try ofExternal(metric, reading, scale)
        default:
            let sentence = "unknown metric source type \"\(metric.type ?? "")\""
            throw MetricRefusal(reason: "InvalidMetricSourceType", cause: sentence, sentence: sentence)
        }
    }

    // MARK: Resources

    private func ofResource(
        _ metric: MetricSpec, _ reading: MetricReading, _ scale: ScaleState
    ) throws(MetricRefusal) -> MetricProposal {
        let resource = metric.resource?.name ?? ""
        do throws(MetricFailure) {
            let (found, name, current) = try resourceProposal(
                resource, nil, metric.resource?.target ?? MetricTarget(), reading, scale)
            return MetricProposal(
                replicas: found.replicas, name: name,
                status: ["type": "Resource", "resource": ["name": JSON(resource), "current": current]])
        } catch {
            throw MetricRefusal(
                reason: "FailedGetResourceMetric", cause: error.description,
                sentence: "failed to get \(resource) resource metric value: \(error)")
        }
    }

    private func ofContainers(
        _ metric: MetricSpec, _ reading: MetricReading, _ scale: ScaleState
    ) throws(MetricRefusal) -> MetricProposal {
        let source = metric.containerResource
        let (resource, container) = (source?.name ?? "", source?.container ?? "")
        do throws(MetricFailure) {
            let (found, name, current) = try resourceProposal(
                resource, container, source?.target ?? MetricTarget(), reading, scale)
            return MetricProposal(
                replicas: found.replicas, name: name,
                status: [
                    "type": "ContainerResource",
                    "containerResource": [
                        "name": JSON(resource), "current": current, "container": JSON(container),
                    ],
                ])
        } catch {
            throw MetricRefusal(
                reason: "FailedGetContainerResourceMetric", cause: error.description,
                sentence: "failed to get \(container) container metric value: \(error)")
        }
    }

    private func resourceProposal(
        _ resource: String, _ container: String?, _ target: MetricTarget, _ reading: MetricReading, _ scale: ScaleState
    ) throws(MetricFailure) -> (Proposal, name: String, current: JSON) {
        func samples(_ what: String) throws(MetricFailure) -> [String: PodSample] {
            switch reading {
            case .pods(let samples): return samples
            case .failed(let failure):
                throw MetricFailure(
                    "failed to get \(resource) \(what): unable to get metrics for resource \(resource): \(failure)")
            case .object, .external: return [:]
            }
        }
        func shown(_ usage: Int) -> JSON {
            Quantity(milli: usage, format: resource == "memory" ? .binarySI : .decimalSI).json
        }
        if let wanted = target.averageValue.flatMap({ try? Quantity($0) }) {
            let samples = try samples("usage")
            do throws(MetricFailure) {
                let found = try proposal(
                    average: wanted.milliValue, resource: resource, samples, current: scale.replicas)
                return (found, "\(resource) resource", ["averageValue": shown(found.usage)])
            } catch { throw MetricFailure("failed to get \(resource) usage: \(error)") }
        }
        guard let percent = target.averageUtilization else {
            throw MetricFailure(
                "invalid resource metric source: neither an average utilization target nor an average value (usage) "
                    + "target was set")
        }
        let values = try samples("utilization")
        do throws(MetricFailure) {
            let found = try proposal(
                utilization: percent, of: resource, container: container, values, current: scale.replicas)
            let kind = container == nil ? "resource" : "container resource"
            return (
                found, "\(resource) \(kind) utilization (percentage of request)",
                ["averageValue": shown(found.usage), "averageUtilization": JSON(found.utilization ?? 0)]
            )
        } catch { throw MetricFailure("failed to get \(resource) utilization: \(error)") }
    }

    // MARK: Custom and external metrics

    private func ofPods(
        _ metric: MetricSpec, _ reading: MetricReading, _ scale: ScaleState
    ) throws(MetricRefusal) -> MetricProposal {
        let name = metric.pods?.metric?.name ?? ""
        do throws(MetricFailure) {
            guard case .pods(let samples) = reading else {
                throw MetricFailure("unable to get metric \(name): \(reading.failure)")
            }
            let found = try proposal(
                average: Self.milli(metric.pods?.target?.averageValue), resource: nil, samples, current: scale.replicas)
            return MetricProposal(
                replicas: found.replicas, name: "pods metric \(name)",
                status: [
                    "type": "Pods",
                    "pods": [
                        "metric": metric.pods?.metric?.json ?? .object,
                        "current": ["averageValue": Quantity(milli: found.usage).json],
                    ],
                ])
        } catch {
            throw MetricRefusal(
                reason: "FailedGetPodsMetric", cause: error.description,
                sentence: "failed to get pods metric value: \(error)")
        }
    }

    private func ofObject(
        _ metric: MetricSpec, _ reading: MetricReading, _ scale: ScaleState
    ) throws(MetricRefusal) -> MetricProposal {
        let source = metric.object
        let identity = source?.metric?.json ?? .object
        let (name, target) = (source?.metric?.name ?? "", source?.target)
        func status(_ current: JSON) -> JSON {
            [
                "type": "Object",
                "object": [
                    "metric": identity, "current": current,
                    "describedObject": source?.describedObject?.json ?? .object,
                ],
            ]
        }
        do throws(MetricFailure) {
            func value() throws(MetricFailure) -> Int {
                if case .object(let value) = reading { return value }
                let object = source?.describedObject
                throw MetricFailure(
                    "unable to get metric \(name): \(object?.kind ?? "") on \(scale.namespace) \(object?.name ?? "")/"
                        + "\(reading.failure)")
            }
            if target?.type == "Value", let wanted = target?.value {
                let found = try proposal(value: try value(), target: Self.milli(wanted), current: scale.replicas)
                return MetricProposal(
                    replicas: found.replicas, name: "\(source?.describedObject?.kind ?? "") metric \(name)",
                    status: status(["value": Quantity(milli: found.usage).json]))
            }
            guard target?.type == "AverageValue", let wanted = target?.averageValue else {
                throw MetricFailure(
                    "invalid object metric source: neither a value target nor an average value target was set")
            }
            let found = proposal(
                valuePerPod: try value(), target: Self.milli(wanted), replicas: scale.statusReplicas)
            return MetricProposal(
                replicas: found.replicas,
                name: "external metric \(name)(\(LabelSelector.goText(identity["selector"])))",
                status: status(["averageValue": Quantity(milli: found.usage).json]))
        } catch {
            let isAverage = target?.type == "AverageValue" && target?.averageValue != nil
            throw MetricRefusal(
                reason: "FailedGetObjectMetric", cause: error.description,
                sentence: "failed to get object metric value: "
                    + (isAverage ? "failed to get \(name) object metric: \(error)" : error.description))
        }
    }

    private func ofExternal(
        _ metric: MetricSpec, _ reading: MetricReading, _ scale: ScaleState
    ) throws(MetricRefusal) -> MetricProposal {
        let identity = metric.external?.metric?.json ?? .object
        let (name, target) = (metric.external?.metric?.name ?? "", metric.external?.target)
        let selector = LabelSelector.goText(identity["selector"])
        func status(_ current: JSON) -> JSON {
            ["type": "External", "external": ["metric": identity, "current": current]]
        }
        do throws(MetricFailure) {
            guard target?.averageValue != nil || target?.value != nil else {
                throw MetricFailure(
                    "invalid external metric source: neither a value target nor an average value target was set")
            }
            guard case .external(let values) = reading else {
                throw MetricFailure(
                    "unable to get external metric \(scale.namespace)/\(name)/\(selector): \(reading.failure)")
            }
            let total = values.reduce(0) { $0.addingClamped($1) }
            let shown = "external metric \(name)(\(selector))"
            if let wanted = target?.averageValue {
                let found = proposal(valuePerPod: total, target: Self.milli(wanted), replicas: scale.statusReplicas)
                return MetricProposal(
                    replicas: found.replicas, name: shown,
                    status: status(["averageValue": Quantity(milli: found.usage).json]))
            }
            let found = try proposal(value: total, target: Self.milli(target?.value), current: scale.replicas)
            return MetricProposal(
                replicas: found.replicas, name: shown, status: status(["value": Quantity(milli: found.usage).json]))
        } catch {
            let isAverage = target?.averageValue != nil
            let isValue = target?.value != nil
            let cause =
                isAverage
                ? "failed to get \(name) external metric: \(error)"
                : isValue ? "failed to get external metric \(name): \(error)" : error.description
            throw MetricRefusal(
                reason: "FailedGetExternalMetric", cause: error.description,
                sentence: "failed to get \(name) external metric value: \(cause)")
        }
    }

    private static func milli(_ quantity: String?) -> Int {
        max(1, quantity.flatMap { try? Quantity($0) }?.milliValue ?? 1)
    }
}

extension MetricReading {
    /// Why it is not what was asked for.
    fileprivate var failure: String {
        if case .failed(let failure) = self { return failure.description }
        return "the value is of another kind"
    }
}
