import APIServer
import Autoscalers
import Basics
import ControlLoops
import Foundation
import Gateway
import HTTPMessages
import KubeAPI
import Kubelet

/// The autoscalers of this process with what they measure.
struct Autoscaling: Sendable {
    let horizontal: HorizontalAutoscaler
    private let recommender: VerticalRecommender
    private let updater: VerticalUpdater
    /// What changes the cluster, and runs where one leads.
    var loops: [any ControlLoop] { [horizontal, recommender, updater] }
    let collectors: [any ControlLoop]
    /// What is measured, as API groups.
    let groups: [any ProvidedGroup]

    init(_ context: LoopContext, _ settings: AutoscalingSettings, _ nodes: ClusterUsage) throws {
        let collector = UsageCollector(context, source: nodes, period: settings.resolution)
        let scraper = PodScraper(context, rules: settings.rules, period: settings.resolution)
        collectors = [collector, scraper]
        groups = [
            UsageGroup(collector.usage), CustomMetricsGroup(scraper.exposed, kinds: context.kinds),
            ExternalMetricsGroup(scraper.exposed),
        ]
        horizontal = HorizontalAutoscaler(
            context, metrics: MeasuredMetrics(collector.usage, scraper.exposed, kinds: context.kinds),
            settings.horizontal)
        recommender = VerticalRecommender(context, usage: collector.usage, settings.vertical)
        updater = VerticalUpdater(context, settings.vertical, explainer: recommender.explainer)
    }

    var questions: ScalingQuestions {
        let (explainer, vertical) = (horizontal.explainer, recommender.explainer)
        return ScalingQuestions(
            explanation: { explainer.explanation($0) }, autoscalers: { explainer.autoscalers(ofKind: $0, $1) },
            vertical: { vertical.explanation($0) })
    }
}

/// What nodes use: those of this process are asked directly, others for their page `/metrics/resource`.
struct ClusterUsage: NodeUsageSource {
    let kubelets: KubeletTable
    let nodes: any NodeConnector

    private struct Refusal: Error, CustomStringConvertible { var description: String }

    func usage(ofNode name: String) async throws -> NodeUsage {
        if let kubelet = try? kubelets.kubelet(name) { return NodeUsage(await kubelet.resourceStats()) }
        let answer = try await nodes.page(node: name, request: Request(method: "GET", path: "/metrics/resource"))
        guard answer.status == 200 else { throw Refusal(description: "the answer has the status \(answer.status)") }
        switch answer.body {
        case .bytes(let bytes): return try NodeUsage(resourcePage: bytes, now: SystemClock().now)
        case .stream(let stream):
            var bytes: [UInt8] = []
            while let piece = try await stream.next() {
                bytes += piece
                if bytes.count > ExpositionLimits().bytes { throw Refusal(description: "the page is too long") }
            }
            return try NodeUsage(resourcePage: bytes, now: SystemClock().now)
        default: throw Refusal(description: "the answer is no page")
        }
    }
}

extension NodeUsage {
    init(_ stats: ResourceStats) {
        func amount(_ usage: ResourceStats.Usage) -> Amount {
            Amount(
                time: usage.time, processorNanoseconds: usage.processorNanoseconds,
                workingSetBytes: usage.workingSetBytes)
        }
        self.init(
            amount: amount(stats.usage),
            pods: stats.pods.map { pod in
                Pod(
                    namespace: pod.namespace, name: pod.name,
                    containers: pod.containers.map {
                        Container(name: $0.name, startedAt: $0.startedAt, amount: amount($0.usage))
                    })
            })
    }
}
