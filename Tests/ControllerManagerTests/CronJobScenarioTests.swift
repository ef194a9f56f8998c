import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import LoopTestKit
import TestKit
import Testing

@testable import ControllerManager

/// A CronJob whose Jobs a script ends, and a clock that it moves.
private final class CronScript {
    let script = WorldScript()
    let reconciler: CronJobReconciler
    private let key = ObjectKey(namespace: "default", name: "tick")

    init() { reconciler = CronJobReconciler(script.context) }

    func run(_ line: String) -> String {
        let (words, options) = WorldScript.options(line)
        switch words[0] {
        case "cron": cron(options)
        case "change": script.edit(CronJob.self, "tick") { Self.change(&$0, options) }
        case "now": return script.clock.now.rfc3339
        case "until": move(to: words[1])
        case "reconcile":
            return script.carryOut(reconciler.reconcile(key)).filter { !$0.hasPrefix("status") }.joined(separator: "\n")
        case "manual":
            var job = Job(["metadata": ["name": JSON(words[1]), "namespace": "default"], "spec": [:]])
            if let cron = script.world.get(CronJob.self, key) {
                job.metadata.ownerReferences = [OwnerReference(controlling: cron)]
            }
            script.put(job)
        case "complete": end(words, "Complete")
        case "fail": end(words, "Failed")
        case "jobs":
            return script.world.all(Job.self).sorted { $0.name < $1.name }.map { job in
                let state = job.isTrue("Complete") ? " complete" : job.isTrue("Failed") ? " failed" : ""
                return "\(job.name) \(job.metadata.annotations[Job.scheduledTime] ?? "")\(state)"
            }.joined(separator: "\n")
        case "status":
            guard let status = script.world.get(CronJob.self, key)?.status else { return "" }
            return "active=\(status.active.map { $0.name ?? "" }.joined(separator: ",")) "
                + "last=\(status.lastScheduleTime ?? "") successful=\(status.lastSuccessfulTime ?? "")"
        default: return "what is \(words[0])?"
        }
        return ""
    }

    private func move(to time: String) {
        guard let instant = Instant(rfc3339: time) else { return }
        script.clock.advance(by: instant - script.clock.now)
    }

    private func end(_ words: [String], _ condition: String) {
        let now = JSON(script.clock.now.rfc3339)
        for name in words.dropFirst() {
            script.edit(Job.self, name) { job in
                job.json["status"] = [
                    "startTime": now, "completionTime": condition == "Complete" ? now : .null,
                    "conditions": [["type": JSON(condition), "status": "True"]],
                ]
            }
        }
    }

    private func cron(_ options: [String: String]) {
        var cron = CronJob {
            $0.metadata = ObjectMeta {
                $0.namespace = "default"
                $0.name = "tick"
                $0.uid = "c"
            }
            $0.json["spec"] = [
                "schedule": "@hourly", "concurrencyPolicy": "Allow", "successfulJobsHistoryLimit": 3,
                "failedJobsHistoryLimit": 1, "jobTemplate": ["spec": ["template": [:]]],
            ]
        }
        Self.change(&cron, options)
        script.put(cron)
    }

    /// Spaces of a schedule are written as underscores.
    private static func change(_ cron: inout CronJob, _ options: [String: String]) {
        for (name, value) in options {
            let text = value.replacing("_", with: " ")
            switch name {
            case "zone": cron.spec.timeZone = value
            case "suspend": cron.spec.suspend = value == "true"
            default: cron.json["spec", name] = Int(value).map { JSON($0) } ?? JSON(text)
            }
        }
    }
}

@Suite struct CronJobScenarioTests {
    @Test(arguments: ["cronjob", "cronjob-policies", "cronjob-missed"])
    func scenario(name: String) throws {
        let cron = CronScript()
        try Scenario.run(name, cron.run)
    }
}
