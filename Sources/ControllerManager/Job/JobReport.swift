import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// What a Job's status says, and the write that brings it up to date.
struct JobReport {
    private(set) var changes: [Change] = []
    private var status: JobStatus
    private let now: Instant

    /// `leaving` are the active pods that are deleted now.
    init(
        _ job: Job, _ pods: JobPods, _ count: JobCount, _ verdict: JobVerdict?, leaving: [Pod], _ now: Instant
    ) {
        status = count.status
        self.now = now
        let gone = Set(leaving.map(\.uid))
        let staying = pods.active.filter { !gone.contains($0.uid) }
        let terminating = pods.terminating.count + leaving.count
        status.active = staying.isEmpty ? nil : staying.count
        status.ready = staying.count(where: \.isReady)
        status.terminating = terminating
        if status.startTime == nil, !job.isSuspended { status.startTime = now.rfc3339 }

        var notes: [EventNote] = []
        if let verdict {
            say(verdict)
            if staying.isEmpty, terminating == 0, count.isSettled { notes = end(job, verdict) }
        } else {
            notes = tellSuspension(job)
        }
        if status != job.status {
            var new = job
            new.status = status
            changes.append(.updateStatus(new))
        }
        changes += notes.map { .note($0) }
    }

    /// What is meant to be, before it is so.
    private mutating func say(_ verdict: JobVerdict) {
        let type = verdict.outcome == .success ? "SuccessCriteriaMet" : "FailureTarget"
        set(type, "True", verdict.reason, verdict.message)
    }

    private mutating func end(_ job: Job, _ verdict: JobVerdict) -> [EventNote] {
        if job.isSuspended, verdict.outcome == .success {
            set("Suspended", "False", "JobResumed", "Job resumed")
        }
        switch verdict.outcome {
        case .success:
            status.completionTime = now.rfc3339
            if set("Complete", "True", verdict.reason, verdict.message) {
                let completed = EventNote(job, .normal, "Completed", "Job completed")
                guard let wanted = job.spec.completions, status.succeeded ?? 0 > wanted else { return [completed] }
                let sentence = "Too many succeeded pods running after completion count reached"
                return [EventNote(job, .warning, "TooManySucceededPods", sentence), completed]
            }
        case .failure:
            if set("Failed", "True", verdict.reason, verdict.message) {
                return [EventNote(job, .warning, verdict.reason, verdict.message)]
            }
        }
        return []
    }

    private mutating func tellSuspension(_ job: Job) -> [EventNote] {
        if job.isSuspended {
            status.startTime = nil
            guard set("Suspended", "True", "JobSuspended", "Job suspended") else { return [] }
            return [EventNote(job, .normal, "Suspended", "Job suspended")]
        }
        guard job.isTrue("Suspended") else { return [] }
        set("Suspended", "False", "JobResumed", "Job resumed")
        status.startTime = now.rfc3339
        return [EventNote(job, .normal, "Resumed", "Job resumed")]
    }

    /// Sets a condition; false if it said so already.
    @discardableResult
    private mutating func set(_ type: String, _ state: String, _ reason: String, _ message: String) -> Bool {
        var conditions = status.conditions
        let new = JobCondition {
            $0.type = type
            $0.status = state
            $0.lastProbeTime = now.rfc3339
            $0.lastTransitionTime = now.rfc3339
            $0.reason = reason
            $0.message = message
        }
        if let place = conditions.firstIndex(where: { $0.type == type }) {
            guard conditions[place].status != state else { return false }
            conditions[place] = new
        } else {
            conditions.append(new)
        }
        status.conditions = conditions
        return true
    }
}
