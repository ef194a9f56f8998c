import APIMachinery
import KubeAPI

/// A new pod asks for what a VerticalPodAutoscaler recommends for those of its controller (the webhook of Kubernetes'
/// autoscaler project).
struct PodVerticalSizes: MutatingAdmission {
    let scope = AdmissionScope(.create, [.pods])

    func admit(_ request: inout AdmissionRequest, _ view: AdmissionView) async throws {
        let autoscalers = view.known(VerticalPodAutoscaler.resource, in: request.namespace).filter {
            VerticalPolicy($0).mode != .off
        }
        if autoscalers.isEmpty { return }
        var pod = request.object
        pod["metadata", "namespace"] = JSON(request.namespace)
        let governing = VerticalTarget.governing(pod, among: autoscalers) { resource, key in
            view.known(resource, namespace: key.namespace, key.name)
        } isScalable: { kind in
            view.resource(kind)?.subresources.contains { $0.name == .scale } ?? false
        }
        guard let governing else { return }
        let recommendation = PodRecommendation(
            governing, pod, limitRanges: view.known(.limitRanges, in: request.namespace))
        if let changed = recommendation.applied(to: pod, by: governing.key.name) { request.object = changed }
    }
}
