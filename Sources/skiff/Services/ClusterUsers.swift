import APIServer
import Autoscalers
import ClusterAutoscaler
import ClusterDNS
import ControllerManager
import IngressController
import KubeAPI
import Kubeadm
import Kubelet
import KubeProxy
import Scheduler
import SimulatedNodes

/// The users that this process itself is, and what each may do, from what the loops declare.
enum ClusterUsers {
    private static let loops =
        Controllers.identities + SchedulerLoops.identities + AutoscalerLoops.identities
        + [
            ServiceProxy.identity, DNSService.identity, IngressProxy.identity, NodeSimulator.identity,
            AutoscalerLoop.identity, EmbeddedNodeGroups.identity,
        ]
    /// Keeps in memory what the loops read.
    static let informers = LoopIdentity.informers(of: loops)
    /// Keeps in memory what the kubelets of this process read: all of them, so that each need not keep its own.
    static let nodeInformers = LoopIdentity(
        userName: "system:kubelet-informers", agent: "kubelet", permissions: NodeAgent.permissions.reads)
    /// What the API server is to kubelets of other processes: it may call them, and nothing else.
    static let kubeletClient = LoopIdentity(
        userName: PKI.kubeletClientName, agent: "kube-apiserver", permissions: PermissionSet(kubeletCalls))
    private static var kubeletCalls: [Permission] {
        ["proxy", "stats", "log", "metrics", "checkpoint", "configz", "healthz", "pods", "statusz"].flatMap { part in
            [Verb.get, .create, .update, .patch, .delete].map {
                Permission($0, Node.resource, subresource: SubresourceName(rawValue: part))
            }
        }
    }
    static let all =
        loops + [informers, SystemObjects.identity, CertificateService.identity, nodeInformers, kubeletClient]

    static let names = Set(all.map(\.userName))
    static let rights = AuthorizerChain.standard(loops: all)
}

/// Gives each loop its own way into the API server, as the user that it is. With a `leadership` what loops write is
/// refused once another process leads.
struct LoopClients: Sendable {
    private let server: ClusterServer
    private let leadership: LeadershipService?

    init(_ server: ClusterServer, under leadership: LeadershipService? = nil) {
        self.server = server
        self.leadership = leadership
    }

    func client(_ loop: LoopIdentity) -> any ClusterAPI {
        guard let leadership else { return server.client(as: loop) }
        return server.client(as: loop, inTerm: { leadership.term })
    }
}
