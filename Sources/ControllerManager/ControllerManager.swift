import ControlLoops
import KubeAPI

/// # ControllerManager
///
/// The loops that bring the cluster's objects to what they ask for. Nearly all are pure judgements (`Reconciler`), in a
/// folder of their own; the list below is all there is to start:
///
/// - `Bootstrap`: tokens by which nodes join: their end, and what they sign
/// - `Deployment`: rolls ReplicaSets from one template to the next
/// - `ReplicaSet`: keeps as many pods as asked for; ReplicationControllers, too
/// - `StatefulSet`: pods with names and claims of their own, one after the other
/// - `DaemonSet`: one pod on each node where it belongs
/// - `Job`: runs pods to their end, and removes Jobs that ended some time ago
/// - `CronJob`: makes Jobs when they are due
/// - `Disruption`: how many pods of a budget may be evicted
/// - `Endpoints`: the addresses behind a Service, as EndpointSlices and as Endpoints; slices of somebody's own Endpoints
/// - `Services`: addresses of load balancers
/// - `Networks`: an IPAddress for each cluster IP, and the ranges that they are from
/// - `Certificates`: approves what nodes ask for, signs what is approved, forgets what is decided
/// - `Namespaces`: emptying a namespace that goes; the default ServiceAccount and the CA in every other
/// - `GarbageCollector`: what nobody owns any more; foreground and orphaning deletion
/// - `Devices`: claims on devices made from templates, their reservations, pods on devices with taints
/// - `Nodes`: nodes that fall silent, taints, eviction, pods that nobody else removes, addresses for nodes' pods
/// - `Attachments`: volumes of CSI drivers on the nodes that want them
/// - `Tokens`: secrets with tokens of service accounts, and the end of those that nobody uses
/// - `Quotas`: what is used of a namespace's quotas
/// - `Roles`: what ClusterRoles gather from others
/// - `Volumes`: claims and their volumes, their growth, those of pods' ephemeral volumes, directories of nodes as new volumes, classes of
///   attributes in use
///
/// Absent on purpose: HTTP, the store, what a node does, and scaling (a room of its own).
public enum Controllers {
    private static let reconcilers: [any Reconciler.Type] = [
        DeploymentReconciler.self, ReplicaReconciler<ReplicaSet>.self, ReplicaReconciler<ReplicationController>.self,
        StatefulSetReconciler.self, DaemonSetReconciler.self, JobReconciler.self, TTLAfterFinishedReconciler.self,
        CronJobReconciler.self, DisruptionReconciler.self, StaleDisruptionReconciler.self, EndpointSliceReconciler.self,
        EndpointsReconciler.self,
        SliceMirroringReconciler.self, LoadBalancerReconciler.self,
        NamespaceReconciler.self, ServiceAccountReconciler.self, RootCAReconciler.self, NodeLifecycleReconciler.self,
        TaintEvictionReconciler.self, PodGarbageReconciler.self, ClaimReconciler.self, VolumeReconciler.self,
        AttributesClassReconciler.self, RoleAggregationReconciler.self, QuotaReconciler.self,
        TokenCleanerReconciler.self, BootstrapSignerReconciler.self,
        ServiceAddressReconciler.self, ServiceRangeReconciler.self,
        CertificateApprovingReconciler.self, CertificateSigningReconciler.self, CertificateCleaningReconciler.self,
        NodeAddressReconciler.self,
        PodResourceClaimReconciler.self, ResourceClaimReconciler.self, DeviceTaintReconciler.self,
        EphemeralClaimReconciler.self,
        AttachDetachReconciler.self, ExpansionReconciler.self, NodeTTLReconciler.self,
        TokenSecretReconciler.self, LegacyTokenReconciler.self,
    ]
    /// Who the loops below are, and what each may do; several loops may share a user.
    public static let identities: [LoopIdentity] =
        reconcilers.map { $0.identity } + [GarbageCollector.identity, StandardStorageClass.identity]

    /// Every loop of this room; the executable runs each until it is cancelled, beside the world they read.
    public static func controllers(
        _ context: LoopContext, _ settings: ControllerSettings = ControllerSettings()
    ) -> [any ControlLoop] {
        [
            ReconcilerRunner(DeploymentReconciler(context), context),
            ReconcilerRunner(ReplicaReconciler<ReplicaSet>(context), context),
            ReconcilerRunner(ReplicaReconciler<ReplicationController>(context), context),
            ReconcilerRunner(StatefulSetReconciler(context), context),
            ReconcilerRunner(DaemonSetReconciler(context), context),
            ReconcilerRunner(JobReconciler(context), context),
            ReconcilerRunner(TTLAfterFinishedReconciler(context), context),
            ReconcilerRunner(CronJobReconciler(context), context),
            ReconcilerRunner(DisruptionReconciler(context), context),
            ReconcilerRunner(StaleDisruptionReconciler(context), context),
            ReconcilerRunner(EndpointSliceReconciler(context), context),
            ReconcilerRunner(EndpointsReconciler(context), context),
            ReconcilerRunner(SliceMirroringReconciler(context), context),
            ReconcilerRunner(LoadBalancerReconciler(context, addresses: settings.loadBalancerAddresses), context),
            ReconcilerRunner(NamespaceReconciler(context), context),
            ReconcilerRunner(ServiceAccountReconciler(context), context),
            ReconcilerRunner(RootCAReconciler(context, certificate: settings.rootCertificate), context),
            GarbageCollector(context),
            ReconcilerRunner(NodeLifecycleReconciler(context), context),
            ReconcilerRunner(TaintEvictionReconciler(context), context),
            ReconcilerRunner(PodGarbageReconciler(context), context, concurrency: 1),
            ReconcilerRunner(ClaimReconciler(context, settings.volumes), context),
            ReconcilerRunner(VolumeReconciler(context, settings.volumes), context),
            ReconcilerRunner(AttributesClassReconciler(context), context),
            ReconcilerRunner(RoleAggregationReconciler(context), context),
            ReconcilerRunner(QuotaReconciler(context), context),
            ReconcilerRunner(TokenCleanerReconciler(context), context),
            ReconcilerRunner(BootstrapSignerReconciler(context), context),
            ReconcilerRunner(ServiceAddressReconciler(context), context),
            ReconcilerRunner(ServiceRangeReconciler(context), context),
            ReconcilerRunner(CertificateApprovingReconciler(context, settings.signer), context),
            ReconcilerRunner(CertificateSigningReconciler(context, settings.signer), context),
            ReconcilerRunner(CertificateCleaningReconciler(context), context),
            ReconcilerRunner(
                NodeAddressReconciler(context, network: settings.network, reserved: settings.ownNodes), context,
                concurrency: 1),
            ReconcilerRunner(PodResourceClaimReconciler(context), context),
            ReconcilerRunner(ResourceClaimReconciler(context), context),
            ReconcilerRunner(DeviceTaintReconciler(context), context),
            ReconcilerRunner(EphemeralClaimReconciler(context), context),
            ReconcilerRunner(AttachDetachReconciler(context), context, concurrency: 1),
            ReconcilerRunner(ExpansionReconciler(context), context),
            ReconcilerRunner(NodeTTLReconciler(context), context, concurrency: 1),
            ReconcilerRunner(
                TokenSecretReconciler(
                    context, certificate: settings.rootCertificate, signer: settings.tokenSigner), context),
            ReconcilerRunner(LegacyTokenReconciler(context), context, concurrency: 1),
            StandardStorageClass(context),
        ]
    }
}

/// What the loops are told by configuration.
public struct ControllerSettings: Sendable {
    /// The cluster's CA in PEM, for pods to trust.
    public var rootCertificate: String
    /// What every Service of type LoadBalancer is reached at.
    public var loadBalancerAddresses: [String]
    /// Where volumes of the class `standard` are made.
    public var volumes: HostPathProvisioner
    /// Who signs certificates; nil for nobody.
    public var signer: (any CertificateSigner)?
    /// Who signs the tokens that secrets hold; nil for nobody.
    public var tokenSigner: (any SecretTokenSigner)?
    /// Where nodes' pods have their addresses; the first `ownNodes` networks of it are those of nodes that bring theirs.
    public var network = ClusterNetwork.standard
    public var ownNodes = 0
    public init(
        rootCertificate: String = "", loadBalancerAddresses: [String] = ["127.0.0.1"],
        volumes: HostPathProvisioner = HostPathProvisioner(root: "/var/lib/skiff/volumes"),
        signer: (any CertificateSigner)? = nil
    ) {
        self.rootCertificate = rootCertificate
        self.loadBalancerAddresses = loadBalancerAddresses
        self.volumes = volumes
        self.signer = signer
    }
}
