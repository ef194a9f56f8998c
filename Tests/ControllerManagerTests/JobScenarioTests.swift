import TestKit
import APIMachinery
import ControlLoops
import KubeAPI
import LoopTestKit
import Testing

@testable import ControllerManager

/// A Job whose pods a script lets run, end and fail.
private final class JobScript {
    let script = WorldScript()
    let reconciler: JobReconciler
    private let key = ObjectKey(namespace: "default", name: "work")

    init() { reconciler = JobReconciler(script.context) }

    func run(_ line: String) -> String {
        let (words, options) = WorldScript.options(line)
        switch words[0] {
        case "job": job(options)
        case "set": script.edit(Job.self, "work") { Self.set(&$0, options) }
        case "reconcile": return script.carryOut(reconciler.reconcile(key)).joined(separator: "\n")
        case "run": pods(words) { $0.json["status"] = ["phase": "Running"] }
        case "succeed": pods(words) { self.end(&$0, "Succeeded", 0) }
        case "fail": pods(words) { self.end(&$0, "Failed", options["exit"].flatMap { Int($0) } ?? 1) }
        case "disrupt":
            pods(words) { pod in
                self.end(&pod, "Failed", 137)
                pod.json["status", "conditions"] = [["type": "DisruptionTarget", "status": "True"]]
            }
        case "mark": pods(words) { $0.metadata.deletionTimestamp = self.script.clock.now.rfc3339 }
        case "restarts":
            pods(words) {
                $0.json["status", "containerStatuses"] = [
                    ["name": "c", "restartCount": JSON(Int(options["n"] ?? "") ?? 1)]
                ]
            }
        case "advance": script.clock.advance(by: .seconds(Int(words[1]) ?? 0))
        case "conditions": return script.conditions(script.world.get(Job.self, key))
        case "pods":
            return script.world.all(Pod.self).sorted { $0.name < $1.name }.map { pod in
                let index = pod.completionIndex.map { " index \($0)" } ?? ""
                return
                    "\(pod.name) \(pod.phase)\(index)\(pod.isTracked ? " tracked" : "")\(pod.isBeingDeleted ? " leaving" : "")"
            }.joined(separator: "\n")
        default: return "what is \(words[0])?"
        }
        return ""
    }

    private var jobs = 0

    /// A new Job in place of the last one, whose pods are gone.
    private func job(_ options: [String: String]) {
        for pod in script.world.all(Pod.self) { script.remove(Pod.resource, pod.key) }
        jobs += 1
        var job = Job {
            $0.metadata = ObjectMeta {
                $0.namespace = "default"
                $0.name = "work"
                $0.uid = "j\(jobs)"
            }
            $0.json["spec"] = [
                "parallelism": 1, "backoffLimit": 6, "completionMode": "NonIndexed",
                "selector": ["matchLabels": ["job": "j"]],
                "template": [
                    "metadata": ["labels": ["job": "j"]],
                    "spec": ["restartPolicy": "Never", "containers": [["name": "c", "image": "i"]]],
                ],
            ]
        }
        Self.set(&job, options)
        script.put(job)
    }

    private static func set(_ job: inout Job, _ options: [String: String]) {
        for (name, value) in options {
            let json: JSON = Int(value).map { JSON($0) } ?? JSON(value)
            switch name {
            case "suspend": job.spec.suspend = value == "true"
            case "restartPolicy": job.json["spec", "template", "spec", "restartPolicy"] = json
            case "failOn":
                job.json["spec", "podFailurePolicy"] = [
                    "rules": [
                        ["action": "FailJob", "onExitCodes": ["operator": "In", "values": [json]]],
                        ["action": "Ignore", "onPodConditions": [["type": "DisruptionTarget"]]],
                    ]
                ]
            case "succeedWith": job.json["spec", "successPolicy"] = ["rules": [["succeededIndexes": JSON(value)]]]
            default: job.json["spec", name] = json
            }
        }
    }

    private func pods(_ words: [String], _ change: (inout Pod) -> Void) {
        for name in words.dropFirst() { script.edit(Pod.self, name, change) }
    }

    private func end(_ pod: inout Pod, _ phase: String, _ code: Int) {
        let terminated: JSON = ["exitCode": JSON(code), "finishedAt": JSON(script.clock.now.rfc3339)]
        pod.json["status"] = [
            "phase": JSON(phase), "containerStatuses": [["name": "c", "state": ["terminated": terminated]]],
        ]
    }
}

@Suite struct JobScenarioTests {
    @Test(arguments: ["job", "job-indexed", "job-failing", "job-policies", "job-suspend"])
    func scenario(name: String) throws {
        let job = JobScript()
        try Scenario.run(name, job.run)
    }
}
