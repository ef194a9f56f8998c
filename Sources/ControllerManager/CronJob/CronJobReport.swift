import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// What a CronJob's status says of its Jobs, and the write that brings it up to date.
struct CronJobReport {
    private let cron: CronJob
    private var status: CronJobStatus
    private var notes: [EventNote] = []

    init(_ cron: CronJob, _ jobs: [Job]) {
        self.cron = cron
        status = cron.status
        let running = jobs.filter { !$0.isFinished }
        var active = status.active.filter { reference in
            if running.contains(where: { $0.uid == reference.uid }) { return true }
            if let job = jobs.first(where: { $0.uid == reference.uid }) {
                let condition = job.isTrue("Complete") ? "Complete" : "Failed"
                notes.append(
                    EventNote(
                        cron, .normal, "SawCompletedJob", "Saw completed job: \(job.name), condition: \(condition)"))
            } else {
                notes.append(
                    EventNote(cron, .normal, "MissingJob", "Active job went missing: \(reference.name ?? "")"))
            }
            return false
        }
        for job in running where !active.contains(where: { $0.uid == job.uid }) {
            guard job.isScheduled else {
                let sentence = "Saw a job that the controller did not create or forgot: \(job.name)"
                notes.append(EventNote(cron, .warning, "UnexpectedJob", sentence))
                continue
            }
            active.append(Self.reference(job))
            status.lastScheduleTime = Self.later(status.lastScheduleTime, Self.scheduled(job))
        }
        status.active = active
        for job in jobs where job.isTrue("Complete") {
            status.lastSuccessfulTime = Self.later(status.lastSuccessfulTime, job.status.completionTime)
            status.lastScheduleTime = Self.later(status.lastScheduleTime, Self.scheduled(job))
        }
        for job in jobs where job.isTrue("Failed") {
            status.lastScheduleTime = Self.later(status.lastScheduleTime, Self.scheduled(job))
        }
    }

    /// A Job of this time is there.
    mutating func note(_ job: Job, _ due: Instant) {
        status.lastScheduleTime = Self.later(status.lastScheduleTime, due.rfc3339)
    }

    /// A Job is on its way out, so that it is neither active nor missing.
    mutating func forget(_ job: Job) {
        status.active.removeAll { $0.uid == job.uid }
    }

    var changes: [Change] {
        var changes: [Change] = notes.map { .note($0) }
        if status != cron.status {
            var new = cron
            new.status = status
            changes.append(.updateStatus(new))
        }
        return changes
    }

    private static func scheduled(_ job: Job) -> String? {
        job.metadata.annotations[Job.scheduledTime].flatMap { Instant(rfc3339: $0) }?.rfc3339
    }
    /// The later of two times in their canonical form, which sort as text.
    private static func later(_ first: String?, _ second: String?) -> String? {
        [first, second].compactMap { $0 }.max()
    }

    private static func reference(_ job: Job) -> ObjectReference {
        ObjectReference {
            $0.apiVersion = Job.groupVersionKind.apiVersion
            $0.kind = Job.groupVersionKind.kind
            $0.name = job.name
            $0.namespace = job.namespace
            $0.uid = job.uid
            $0.resourceVersion = String(job.json.revision)
        }
    }
}
