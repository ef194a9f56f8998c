import Basics
import APIMachinery
import ControlLoops
import KubeAPI
import Testing

@testable import Kubelet

/// The order in which a pod's status is written and its object deleted, without any clock or server.
@Suite struct PodCoreTests {
    private let now = Instant(rfc3339: "2026-01-01T00:00:00Z") ?? Instant(nanoseconds: 0)

    private func pod(revision: Int = 1, _ change: (inout Pod) -> Void = { _ in }) -> Pod {
        Pod { pod in
            pod.metadata.name = "web"
            pod.metadata.namespace = "default"
            pod.metadata.uid = "u"
            pod.metadata.resourceVersion = String(revision)
            pod.spec.containers = [Container { $0.name = "main" }]
            change(&pod)
        }
    }
    private func core(_ pod: Pod) -> PodCore {
        PodCore(pod, PodState(), hostIP: "127.0.0.1", runtimeName: "test")
    }
    /// The pod of the only order to write a status.
    private func write(_ orders: [PodCore.Order]) -> Pod? {
        let writes = orders.compactMap { if case .writeStatus(let pod) = $0 { pod } else { nil } }
        return writes.count == 1 ? writes[0] : nil
    }

    @Test func oneStatusIsWrittenAtATimeAndTheNewestAfterIt() throws {
        var core = core(pod())
        let first = try #require(write(core.started(at: now)))
        #expect(first.status.phase == "Pending")
        #expect(write(core.happened(.volumesPrepared, at: now)) == nil)
        #expect(write(core.happened(.sandboxStarted(id: "s", ip: "127.100.0.2"), at: now)) == nil)
        let second = try #require(write(core.statusWritten(first.at(2), at: now)))
        #expect(second.status.podIP == "127.100.0.2")
        #expect(core.statusWritten(second.at(3), at: now) == [])
    }

    @Test func anOutdatedStatusIsMadeAnewFromTheObjectAsItIs() throws {
        var core = core(pod())
        let first = try #require(write(core.started(at: now)))
        #expect(core.statusOutdated() == [.readPod])
        #expect(core.podRead(nil, at: now) == [.pause(PodCore.rereadPause)])
        _ = try #require(write(core.pauseEnded(at: now)))
        #expect(core.statusOutdated() == [.readPod])
        let other = pod(revision: 5) { $0.metadata.labels = ["a": "b"] }
        let again = try #require(write(core.podRead(other, at: now)))
        #expect(again.metadata.labels == ["a": "b"])
        #expect(again.status.json == first.status.json)
    }

    @Test func aStatusThatCannotBeWrittenIsWrittenLater() throws {
        var core = core(pod())
        _ = try #require(write(core.started(at: now)))
        #expect(core.statusNotWritten() == [.pause(PodCore.retryPause)])
        #expect(write(core.happened(.volumesPrepared, at: now)) == nil)
        #expect(write(core.pauseEnded(at: now)) != nil)
    }

    @Test func theObjectGoesAfterItsLastStatus() throws {
        var core = core(
            pod {
                $0.metadata.deletionTimestamp = "2026-01-01T00:00:00Z"
                $0.metadata.deletionGracePeriodSeconds = 0
            })
        let first = core.started(at: now)
        #expect(first.contains(.step(.removeSandbox)))
        let status = try #require(write(first))
        let gone = core.happened(.sandboxRemoved, at: now)
        #expect(!gone.contains(.step(.deleteObject)))
        #expect(status.status.phase == "Failed")
        #expect(core.statusWritten(status.at(2), at: now) == [.step(.deleteObject)])
        #expect(core.happened(.objectDeleted, at: now).last == .end)
        #expect(core.hasEnded)
        #expect(core.happened(.volumesPrepared, at: now) == [])
    }

    @Test func anObjectThatIsGoneIsNeitherWrittenNorDeleted() throws {
        var core = core(pod())
        _ = try #require(write(core.started(at: now)))
        let orders = core.podGone(at: now)
        #expect(write(orders) == nil)
        _ = core.happened(.volumesPrepared, at: now)
        let end = core.happened(.sandboxRemoved, at: now)
        #expect(end.last == .end)
        #expect(!end.contains(.step(.deleteObject)))
    }

    @Test func labelsAndAnnotationsThatChangeRefreshTheVolumes() {
        var core = core(pod())
        _ = core.started(at: now)
        #expect(
            !core.podChanged(pod(revision: 2) { $0.metadata.labels = ["a": "1"] }, at: now).contains(.refreshVolumes))
        _ = core.happened(.volumesPrepared, at: now)
        #expect(
            core.podChanged(pod(revision: 3) { $0.metadata.labels = ["a": "2"] }, at: now).contains(.refreshVolumes))
        #expect(
            core.podChanged(
                pod(revision: 4) {
                    $0.metadata.labels = ["a": "2"]
                    $0.metadata.annotations = ["b": "3"]
                }, at: now
            ).contains(.refreshVolumes))
        let same = pod(revision: 5) {
            $0.metadata.labels = ["a": "2"]
            $0.metadata.annotations = ["b": "3"]
        }
        #expect(!core.podChanged(same, at: now).contains(.refreshVolumes))
        // An older object is no news.
        #expect(core.podChanged(pod(revision: 1), at: now) == [])
        #expect(core.dependencyChanged(at: now).contains(.refreshVolumes))
    }

    @Test func statesHaveNoOtherExitsThanTheirOwn() {
        var sandbox = SandboxState.absent
        sandbox.stopped()
        sandbox.started(id: "a", ip: "b")
        #expect(sandbox == .absent)
        #expect(sandbox.stop() == nil)
        sandbox.start()
        sandbox.remove()
        #expect(sandbox == .starting)
        sandbox.started(id: "a", ip: "b")
        sandbox.failed(why: "", retryAt: now)
        #expect(sandbox.stop() == "a")
        sandbox.stopped()
        #expect(sandbox == .stopped(id: "a", ip: "b"))
        sandbox.remove()
        sandbox.wasRemoved()
        #expect(sandbox == .removed)
    }
}

extension Pod {
    /// As the cluster answers it.
    fileprivate func at(_ revision: Int) -> Pod {
        var pod = self
        pod.metadata.resourceVersion = String(revision)
        return pod
    }
}
