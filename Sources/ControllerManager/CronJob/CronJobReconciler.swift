import APIMachinery
import Basics
import ControlLoops
import Foundation
import KubeAPI

/// Makes a Job whenever a CronJob is due, and removes old ones.
struct CronJobReconciler: Reconciler {
    static let name = "cronjob-controller"
    static let reads: [Interest] = [.every(CronJob.self), .owned(Job.self, by: CronJob.self)]
    static let writes: [Permission] = [.create(Job.self), .delete(Job.self), .status(CronJob.self)]
    /// A look just after a time is due, not just before.
    static let lateness = Duration.milliseconds(100)

    let world: World
    let clock: any TimeSource

    init(_ context: LoopContext) {
        world = context.world
        clock = context.clock
    }

    func reconcile(_ key: ObjectKey) -> [Change] {
        guard let cron = world.get(CronJob.self, key) else { return [] }
        let jobs = world.controlled(Job.self, by: cron.uid).sorted { $0.name < $1.name }
        var report = CronJobReport(cron, jobs)
        let cleaning = CronJobHistory.surplus(cron, jobs).flatMap { delete($0, of: cron) }
        if cron.isBeingDeleted { return cleaning + report.changes }
        var changes: [Change] = []
        switch CronJobTimes.of(cron) {
        case .failure(let fault): changes.append(.note(EventNote(cron, .warning, fault.reason, fault.message)))
        case .success(let times):
            if cron.spec.suspend != true {
                if let note = CronJobTimes.warning(cron) { changes.append(.note(note)) }
                changes += start(cron, jobs, times, &report)
            }
        }
        return cleaning + changes.filter(\.isWork) + report.changes + changes.filter { !$0.isWork }
    }

    private func start(_ cron: CronJob, _ jobs: [Job], _ times: CronJobTimes, _ report: inout CronJobReport) -> [Change]
    {
        let now = clock.now
        var changes: [Change] = []
        func again() -> [Change] {
            times.next(after: now).map { [.again(after: $0 - now + Self.lateness)] } ?? []
        }
        let (missed, due) = times.due(cron, now)
        if missed > CronJobTimes.manyMissed {
            let sentence =
                "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew"
            changes.append(.note(EventNote(cron, .warning, "TooManyMissedTimes", sentence)))
        }
        guard let due else { return changes + again() }
        if let seconds = cron.spec.startingDeadlineSeconds, due + .seconds(seconds) < now {
            let time = "\(due.httpDate.dropLast("GMT".count))+0000"
            let sentence = "Missed scheduled time to start a job: \(time)"
            changes.append(.note(EventNote(cron, .warning, "MissSchedule", sentence)))
            return changes + again()
        }
        let job = Job(of: cron, at: due, times)
        let isKnown =
            jobs.contains { $0.name == job.name }
            || cron.status.lastScheduleTime.flatMap { Instant(rfc3339: $0) } == due
        if isKnown {
            // The status may have missed that it was made.
            if let made = jobs.first(where: { $0.name == job.name }), !made.isFinished { report.note(made, due) }
            return changes + again()
        }
        let running = jobs.filter { $0.isScheduled && !$0.isFinished }
        if cron.spec.concurrencyPolicy == "Forbid", !running.isEmpty {
            let sentence =
                "Not starting job because prior execution is running and concurrency policy is Forbid"
            changes.append(.note(EventNote(cron, .normal, "JobAlreadyActive", sentence)))
            return changes + again()
        }
        if cron.spec.concurrencyPolicy == "Replace" {
            for job in running where !job.isBeingDeleted {
                changes += delete(job, of: cron)
                report.forget(job)
            }
        }
        changes.append(
            .batch(
                Batch(
                    [.create(job)],
                    succeeded: { _, job in
                        EventNote(cron, .normal, "SuccessfulCreate", "Created job \(job.key.name)")
                    },
                    failed: { error in
                        [.note(EventNote(cron, .warning, "FailedCreate", "Error creating job: \(error.message)"))]
                    })))
        // The next look, which the new Job wakes, tells of it in the status.
        return changes + again()
    }

    private func delete(_ job: Job, of cron: CronJob) -> [Change] {
        [
            .delete(job, propagation: .background),
            .note(EventNote(cron, .normal, "SuccessfulDelete", "Deleted job \(job.name)")),
        ]
    }
}

extension Change {
    /// Whether it is more than a note or a wish to look again.
    fileprivate var isWork: Bool {
        switch self {
        case .note, .again: false
        default: true
        }
    }
}

extension Job {
    /// When a CronJob wanted it, in the CronJob's zone.
    static let scheduledTime = "batch.kubernetes.io/cronjob-scheduled-timestamp"
    /// Whether it was made because it was due, not by hand from a CronJob's template.
    var isScheduled: Bool { metadata.annotations[Self.scheduledTime] != nil }

    /// The Job of one time of a CronJob; its name is made of the time, so it is made once.
    init(of cron: CronJob, at due: Instant, _ times: CronJobTimes) {
        let template = cron.spec.jobTemplate
        self.init { job in
            job.metadata = ObjectMeta { meta in
                meta.name = "\(cron.name)-\(due.secondsSince1970 / 60)"
                meta.namespace = cron.namespace
                meta.labels = template?.metadata.labels ?? [:]
                meta.annotations = template?.metadata.annotations ?? [:]
                meta.annotations[Self.scheduledTime] = times.text(due)
                meta.ownerReferences = [OwnerReference(controlling: cron)]
            }
            job.json["spec"] = template?.json["spec"] ?? .object
        }
    }
}

/// Jobs of a CronJob that have ended and are too many.
enum CronJobHistory {
    static func surplus(_ cron: CronJob, _ jobs: [Job]) -> [Job] {
        func oldest(_ condition: String, beyond limit: Int?) -> [Job] {
            guard let limit else { return [] }
            let ended = jobs.filter { $0.isTrue(condition) && !$0.isBeingDeleted }.sorted {
                ($0.started ?? .distantFuture, $0.name) < ($1.started ?? .distantFuture, $1.name)
            }
            return Array(ended.prefix(max(0, ended.count - limit)))
        }
        return oldest("Complete", beyond: cron.spec.successfulJobsHistoryLimit)
            + oldest("Failed", beyond: cron.spec.failedJobsHistoryLimit)
    }
}
