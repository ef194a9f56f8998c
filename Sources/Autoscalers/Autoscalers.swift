import ControlLoops
import KubeAPI

/// # Autoscalers
///
/// The loops that give work the size it needs, and the measurements by which they judge:
///
/// - `Horizontal`: as many pods as their metrics ask for (HorizontalPodAutoscaler)
/// - `Usage`: what nodes and pods use, asked of the nodes once for all, and served as `metrics.k8s.io`
/// - `Exposed`: what pods tell of themselves in Prometheus' text, served as `custom.metrics.k8s.io` and
///   `external.metrics.k8s.io`
/// - `Vertical`: what containers should ask for, from what they have used, and pods brought to it (VerticalPodAutoscaler)
///
/// Absent on purpose: counting (each node's own), the scale subresource (the API server's). The number of nodes is
/// `ClusterAutoscaler`'s.
public enum AutoscalerLoops {
    /// Who the loops are, and what each may do.
    public static let identities: [LoopIdentity] = [
        HorizontalAutoscaler.identity, UsageCollector.identity, PodScraper.identity, VerticalRecommender.identity,
        VerticalUpdater.identity,
    ]
}
