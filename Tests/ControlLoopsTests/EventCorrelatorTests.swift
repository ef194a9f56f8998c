import APIMachinery
import Basics
@testable import ControlLoops
import KubeAPI
import LoopTestKit
import TestKit
import Testing

/// What becomes of notes, by client-go's rules.
@Suite struct EventCorrelatorTests {
    let start = ManualClock().now
    private func note(_ message: String, revision: Int = 1, container: String = "") -> EventNote {
        var reference: JSON = [
            "apiVersion": "v1", "kind": "Pod", "namespace": "default", "name": "p", "uid": "u",
            "resourceVersion": JSON(String(revision)),
        ]
        if !container.isEmpty { reference["fieldPath"] = JSON("spec.containers{\(container)}") }
        return EventNote(regarding: reference, .warning, "BackOff", message)
    }
    private func correlator() -> EventCorrelator {
        EventCorrelator(EventCorrelator.Source(component: "kubelet", host: "n1"))
    }
    /// `new`, or what the event that is there counts now; nothing for a note that is left out.
    private func brief(_ write: EventCorrelator.Write?) -> String {
        switch write {
        case .create: "new"
        case .patch(_, let patch, _): "\(patch["count"]?.int ?? 0)"
        case nil: ""
        }
    }

    @Test func aNoteIsTheSameAtAnotherRevisionOfItsObject() {
        var correlator = correlator()
        let briefs = (1...3).map { brief(correlator.write(for: note("again", revision: $0), start)) }
        #expect(briefs == ["new", "2", "3"])
        #expect(brief(correlator.write(for: note("again", container: "other"), start)) == "new")
    }

    @Test func theTenthMessageOfTenMinutesIsCombined() {
        var correlator = correlator()
        let briefs = (1...12).map { brief(correlator.write(for: note("number \($0)"), start)) }
        #expect(briefs == Array(repeating: "new", count: 10) + ["2", "3"])
        let later = start + EventCorrelator.similarSpan + .seconds(1)
        guard case .create(let event) = correlator.write(for: note("number 13"), later) else {
            Issue.record("it is not new")
            return
        }
        #expect(event["message"] == "number 13")
    }

    @Test func twentyFivePassAtOnceAndOneEachFiveMinutes() {
        var correlator = correlator()
        let passed = (1...40).filter { _ in correlator.write(for: note("x"), start) != nil }
        #expect(passed.count == 25)
        #expect(correlator.write(for: note("x"), start + .seconds(299)) == nil)
        #expect(correlator.write(for: note("x"), start + .seconds(300)) != nil)
        #expect(correlator.write(for: note("x"), start + .seconds(300)) == nil)
    }

    @Test func theEventTellsItsSourceAndIsCut() throws {
        var correlator = correlator()
        guard case .create(let event) = correlator.write(for: note(String(repeating: "m", count: 2_000)), start) else {
            Issue.record("it is not new")
            return
        }
        #expect(event["source"] == ["component": "kubelet", "host": "n1"])
        #expect(event["reportingInstance"] == "n1")
        #expect(event["message"]?.string?.count == 1_024)
        #expect(event["involvedObject", "resourceVersion"] == "1")
    }
}
