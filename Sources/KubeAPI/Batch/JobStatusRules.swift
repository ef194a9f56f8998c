import APIMachinery
import Basics

/// How a Job's status may change: what has ended stays ended, counters grow, and what is told fits together. A rule is
/// asked only where what it speaks of has changed, so an old status can still be mended.
enum JobStatusRules {
    /// Whether a condition is True in a status.
    static func isTrue(_ type: String, _ status: JSON) -> Bool { isCondition(type, "True", status) }
    private static func isCondition(_ type: String, _ state: String, _ status: JSON) -> Bool {
        (status["conditions"]?.elements ?? []).contains {
            $0["type"]?.string == type && $0["status"]?.string == state
        }
    }
    private static func isFinished(_ status: JSON) -> Bool { isTrue("Complete", status) || isTrue("Failed", status) }

    static func check(_ new: JSON, _ old: JSON) -> [FieldError] {
        var checker = FieldChecker()
        let (status, before) = (new["status"] ?? .object, old["status"] ?? .object)
        let spec = new["spec"] ?? .object
        checker.inside("status") { checker in
            for field in ["active", "succeeded", "failed", "ready", "terminating"] {
                checker.nonNegative(field, of: status)
            }
            checkUncounted(&checker, status["uncountedTerminatedPods"])
            checkConditions(&checker, status, before)
            checkTimes(&checker, status, before, spec)
            checkFinished(&checker, status, before, spec)
            checkIndexes(&checker, status, before, spec)
            checkCounters(&checker, status, before, spec)
        }
        return checker.errors
    }

    private static func checkUncounted(_ checker: inout FieldChecker, _ pods: JSON?) {
        var seen: Set<String> = []
        checker.inside("uncountedTerminatedPods", pods) { checker, pods in
            for list in ["succeeded", "failed"] {
                checker.each(list, of: pods) { checker, uid in
                    if uid.string?.isEmpty ?? true {
                        checker.invalid("", uid, "must not be empty")
                    } else if !seen.insert(uid.string ?? "").inserted {
                        checker.duplicate("", uid)
                    }
                }
            }
        }
    }

    private static func checkConditions(_ checker: inout FieldChecker, _ status: JSON, _ before: JSON) {
        func changed(_ types: String...) -> Bool { types.contains { isTrue($0, status) != isTrue($0, before) } }
        func refuse(_ sentence: String) { checker.add(.invalid, "conditions", "Invalid value: \(sentence)") }
        let isComplete = isTrue("Complete", status)
        let isFailed = isTrue("Failed", status)
        let meetsCriteria = isTrue("SuccessCriteriaMet", status)
        if changed("Complete", "Failed"), isComplete, isFailed {
            refuse("cannot set Complete=True and Failed=true conditions")
        }
        if changed("Complete", "FailureTarget"), isComplete, isTrue("FailureTarget", status) {
            refuse("cannot set Complete=True and FailureTarget=true conditions")
        }
        if changed("Failed") || status["failedIndexes"] != before["failedIndexes"], isFailed,
            !isTrue("FailureTarget", status)
        {
            refuse("cannot set Failed=True condition without the FailureTarget=true condition")
        }
        if changed("Complete", "SuccessCriteriaMet"), isComplete, !meetsCriteria {
            refuse("cannot set Complete=True condition without the SuccessCriteriaMet=true condition")
        }
        if meetsCriteria, isFailed { refuse("cannot set SuccessCriteriaMet=True and Failed=true conditions") }
        if meetsCriteria, isTrue("FailureTarget", status) {
            refuse("cannot set SuccessCriteriaMet=True and FailureTarget=true conditions")
        }
        for type in ["Failed", "Complete", "FailureTarget"] where isTrue(type, before) && !isTrue(type, status) {
            refuse("cannot disable the terminal \(type)=True condition")
        }
        if isTrue("SuccessCriteriaMet", before), !meetsCriteria {
            refuse("cannot disable the SuccessCriteriaMet=True condition")
        }
        if isTrue("Complete", before), !isTrue("SuccessCriteriaMet", before), meetsCriteria {
            refuse("cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions")
        }
    }

    private static func checkTimes(
        _ checker: inout FieldChecker, _ status: JSON, _ before: JSON, _ spec: JSON
    ) {
        let (start, end) = (status["startTime"], status["completionTime"])
        let isComplete = isTrue("Complete", status)
        if isComplete != isTrue("Complete", before) || end != before["completionTime"] {
            if end != nil, !isComplete {
                checker.invalid(
                    "completionTime", end, "cannot set completionTime when there is no Complete=True condition")
            }
            if end == nil, isComplete {
                checker.required("completionTime", "completionTime is required for Complete jobs")
            }
        }
        if start != before["startTime"] || end != before["completionTime"], let from = Instant(start),
            let to = Instant(end), to < from
        {
            checker.invalid("completionTime", end, "must be equal to or after `startTime`")
        }
        if let end, let earlier = before["completionTime"], end != earlier {
            checker.invalid("completionTime", end, "field is immutable")
        }
        let isResuming = isTrue("Suspended", before) && isCondition("Suspended", "False", status)
        if before["startTime"] != nil, start != before["startTime"], spec["suspend"]?.bool != true, !isResuming {
            checker.invalid("startTime", start, "field is immutable for unsuspended job once set")
        }
    }

    private static func checkFinished(
        _ checker: inout FieldChecker, _ status: JSON, _ before: JSON, _ spec: JSON
    ) {
        guard isFinished(status) else { return }
        let isNew = !isFinished(before)
        func mayAsk(_ field: String) -> Bool { isNew || status[field] != before[field] }
        if mayAsk("active"), status["active"]?.int ?? 0 > 0 {
            checker.invalid("active", status["active"], "active>0 is invalid for finished job")
        }
        let neverBegan = spec["suspend"]?.bool == true && spec["completions"]?.int == 0
        if mayAsk("startTime"), status["startTime"] == nil, !neverBegan {
            checker.required("startTime", "startTime is required for finished job")
        }
        if mayAsk("uncountedTerminatedPods"), let pods = status["uncountedTerminatedPods"],
            (pods["succeeded"]?.count ?? 0) + (pods["failed"]?.count ?? 0) > 0
        {
            checker.invalid("uncountedTerminatedPods", pods, "must be empty for finished job")
        }
        if mayAsk("terminating"), status["terminating"]?.int ?? 0 > 0 {
            checker.invalid("terminating", status["terminating"], "terminating>0 is invalid for finished job")
        }
    }

    private static func checkIndexes(
        _ checker: inout FieldChecker, _ status: JSON, _ before: JSON, _ spec: JSON
    ) {
        let (completed, failed) = (status["completedIndexes"], status["failedIndexes"])
        let limit = spec["completions"]?.int
        func read(_ field: String, _ text: JSON?) -> IndexIntervals? {
            guard let text = text?.string, let limit else { return nil }
            do throws(IndexIntervals.Failure) {
                return try IndexIntervals(text, below: limit)
            } catch {
                checker.invalid(field, JSON(text), "error parsing \(field): \(error.message)")
                return nil
            }
        }
        let isCompletedNew = completed != before["completedIndexes"]
        let isFailedNew = failed != before["failedIndexes"]
        guard isCompletedNew || isFailedNew else { return }
        let done = read("completedIndexes", completed)
        let lost = spec["backoffLimitPerIndex"] == nil ? nil : read("failedIndexes", failed)
        if isCompletedNew, completed?.string?.isEmpty == false, spec["completionMode"]?.string != "Indexed" {
            checker.invalid(
                "completedIndexes", completed, "cannot set non-empty completedIndexes when non-indexed completion mode")
        }
        if isFailedNew, failed != nil, spec["backoffLimitPerIndex"] == nil {
            checker.invalid(
                "failedIndexes", failed, "cannot set non-null failedIndexes when backoffLimitPerIndex is null")
        }
        if let done, let lost, let shared = done.firstShared(with: lost) {
            checker.invalid(
                "failedIndexes", failed, "failedIndexes and completedIndexes overlap at index: \(shared)")
        }
    }

    private static func checkCounters(
        _ checker: inout FieldChecker, _ status: JSON, _ before: JSON, _ spec: JSON
    ) {
        func count(_ field: String, _ status: JSON) -> Int { status[field]?.int ?? 0 }
        if status["ready"] != before["ready"] || status["active"] != before["active"],
            count("ready", status) > count("active", status)
        {
            checker.invalid("ready", status["ready"], "cannot set more ready pods than active")
        }
        if count("failed", status) < count("failed", before) {
            checker.invalid("failed", status["failed"] ?? 0, "cannot decrease the failed counter")
        }
        // Indexed Jobs whose completions follow their parallelism may be scaled down.
        let mayShrink = spec["completionMode"]?.string == "Indexed" && spec["completions"] == spec["parallelism"]
        if !mayShrink, count("succeeded", status) < count("succeeded", before) {
            checker.invalid("succeeded", status["succeeded"] ?? 0, "cannot decrease the succeeded counter")
        }
    }
}
