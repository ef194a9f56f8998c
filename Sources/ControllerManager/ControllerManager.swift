import ControlLoops

/// # ControllerManager
///
/// The loops that bring the cluster's objects to what they ask for. Each is a pure judgement (`Reconciler`) in a folder
/// of its own; this list is all there is to start:
///
/// - `Deployment`: rolls ReplicaSets from one template to the next
/// - `ReplicaSet`: keeps as many pods as asked for
/// - `EndpointSlice`: the addresses behind a Service
///
/// Absent on purpose: HTTP, the store, and what a node does.
public enum ControllerManager {
    /// Every loop of this room; the executable runs each until it is cancelled, beside the world they read.
    public static func controllers(_ context: LoopContext) -> [any ControlLoop] {
        [
            ReconcilerRunner(DeploymentReconciler(context), context),
            ReconcilerRunner(ReplicaSetReconciler(context), context),
            ReconcilerRunner(EndpointSliceReconciler(context), context),
        ]
    }
}
