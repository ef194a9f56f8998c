import APIMachinery
import Basics
import Foundation
import Testing

@testable import KubeAPI

@Suite struct CronScheduleTests {
    private func numbers(_ field: CronSchedule.Field, _ range: ClosedRange<Int>) -> [Int] {
        range.filter(field.contains)
    }

    @Test func readsListsRangesStepsAndNames() throws {
        guard
            case .fields(let minute, let hour, let day, let month, let weekday) = try CronSchedule(
                "0,30/15 8-18/2 ? JAN-mar,12 mon-5"
            ).rule
        else { return #expect(Bool(false)) }
        #expect(numbers(minute, 0...59) == [0, 30, 45])
        #expect(numbers(hour, 0...23) == [8, 10, 12, 14, 16, 18])
        #expect(numbers(day, 1...31) == Array(1...31) && day.isStar)
        #expect(numbers(month, 1...12) == [1, 2, 3, 12])
        #expect(numbers(weekday, 0...6) == [1, 2, 3, 4, 5] && !weekday.isStar)
    }

    @Test(arguments: [
        ("@hourly", "0 * * * *"), ("@daily", "0 0 * * *"), ("@midnight", "0 0 * * *"), ("@monthly", "0 0 1 * *"),
        ("@yearly", "0 0 1 1 *"), ("@annually", "0 0 1 1 *"), ("@weekly", "0 0 * * 0"), ("*/1 0 * * *", "* 0 * * *"),
    ])
    func descriptorsAreShorthands(short: String, long: String) throws {
        #expect(try CronSchedule(short) == CronSchedule(long))
    }

    @Test func intervalsAndZones() throws {
        #expect(try CronSchedule("@every 1h30m10s").rule == .every(seconds: 5410))
        #expect(try CronSchedule("@every 10ms").rule == .every(seconds: 1))
        #expect(try CronSchedule("CRON_TZ=Europe/Berlin 0 6 * * *").timeZone == "Europe/Berlin")
    }

    @Test(arguments: [
        ("", "empty spec string"), ("* * * *", "expected exactly 5 fields, found 4: [* * * *]"),
        ("60 * * * *", "end of range (60) above maximum (59): 60"),
        ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
        ("5-3 * * * *", "beginning of range (5) beyond end of range (3): 5-3"),
        ("*/0 * * * *", "step of range should be a positive number: */0"),
        ("1-2-3 * * * *", "too many hyphens: 1-2-3"), ("1/2/3 * * * *", "too many slashes: 1/2/3"),
        ("x * * * *", "failed to parse int from x: strconv.Atoi: parsing \"x\": invalid syntax"),
        ("@noon", "unrecognized descriptor: @noon"),
    ])
    func refusesWithTheSentence(text: String, sentence: String) {
        #expect(throws: CronSchedule.Failure(message: sentence)) { try CronSchedule(text) }
    }

    @Test func anyTextIsReadOrRefused() {
        let pieces = [
            "", "*", "/", "-", ",", " ", "0", "59", "99999999999999999999", "jan", "@every ", "TZ=", "?", "-1", "é",
        ]
        for first in pieces {
            for second in pieces {
                for third in pieces {
                    for text in [first + second + third, "\(first) \(second) \(third) * *"] {
                        _ = try? CronSchedule(text)
                    }
                }
            }
        }
    }
}

@Suite struct IndexIntervalsTests {
    @Test func readsAndCounts() throws {
        let indexes = try IndexIntervals("1,3-5,7", below: 8)
        #expect(indexes.intervals == [1...1, 3...5, 7...7])
        #expect(indexes.count == 5 && indexes.contains(4) && !indexes.contains(6))
        #expect(indexes.firstShared(with: try IndexIntervals("0,2,5-6", below: 8)) == 5)
        #expect(indexes.firstShared(with: try IndexIntervals("0,2,6", below: 8)) == nil)
    }

    @Test(arguments: [
        ("8", "too large index: \"8\""), ("2,1", "non-increasing order, previous: 2, current: 1"),
        ("3-3", "non-increasing order, previous: 3, current: 3"),
        ("a", "cannot convert string to integer for index: \"a\""),
    ])
    func refuses(text: String, sentence: String) {
        #expect(throws: IndexIntervals.Failure(message: sentence)) { try IndexIntervals(text, below: 8) }
    }
}

/// Rules of workloads: what is refused, and with which sentence.
@Suite struct WorkloadRulesTests {
    private static let template: JSON = [
        "metadata": ["labels": ["a": "b"]],
        "spec": ["containers": [["name": "c", "image": "i"]], "restartPolicy": "Never"],
    ]
    private func job(_ spec: JSON) -> JSON {
        var full: JSON = ["template": Self.template]
        for member in spec.members { full[member.name] = member.value }
        return [
            "apiVersion": "batch/v1", "kind": "Job",
            "metadata": ["name": "j", "namespace": "default", "uid": "u"], "spec": full,
        ]
    }
    private func faults(_ object: JSON) throws -> [String] {
        let kind = GroupVersionKind(apiVersion: object["apiVersion"]?.string ?? "", kind: object["kind"]?.string ?? "")
        let resource = try #require(ResourceRegistry.builtIn.resource(kind))
        return resource.errors(creating: try created(object)).map { "\($0.field): \($0.message)" }
    }

    @Test func aPlainJobIsTakenAndSelectsItsOwnPods() throws {
        #expect(try faults(job([:])) == [])
        let made = try created(job([:]))
        #expect(made["spec", "selector", "matchLabels"]?["batch.kubernetes.io/controller-uid"]?.string == "u")
        #expect(made["spec", "template", "metadata", "labels"]?["job-name"]?.string == "j")
    }

    @Test(arguments: [
        ("completionMode", "Indexed", "spec.completions: Required value: when completion mode is Indexed"),
        ("maxFailedIndexes", "1", "spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified"),
        (
            "managedBy", "me",
            "spec.managedBy: Invalid value: \"me\": must be a domain-prefixed path (such as \"acme.io/foo\")"
        ),
        (
            "podReplacementPolicy", "x",
            "spec.podReplacementPolicy: Unsupported value: \"x\": supported values: \"Failed\", \"TerminatingOrFailed\""
        ),
    ])
    func refusesJobs(field: String, value: String, sentence: String) throws {
        var spec: JSON = ["parallelism": 1]
        spec[field] = Int(value).map { JSON($0) } ?? JSON(value)
        #expect(try faults(job(spec)).contains(sentence))
    }

    @Test func failurePoliciesWantNeverAndOrderedCodes() throws {
        let rule: JSON = ["action": "FailJob", "onExitCodes": ["operator": "In", "values": [3, 1, 0]]]
        let sentences = try faults(job(["podFailurePolicy": ["rules": [rule]]]))
        #expect(
            sentences == [
                "spec.podFailurePolicy.rules[0].onExitCodes.values[2]: Invalid value: 0: must not be 0 for the In operator",
                "spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [3,1,0]: must be ordered",
            ])
    }

    @Test func statesOfJobsDoNotGoBack() throws {
        let done: JSON = [
            "startTime": "2026-01-01T00:00:00Z", "completionTime": "2026-01-01T00:01:00Z", "succeeded": 1,
            "conditions": [
                ["type": "SuccessCriteriaMet", "status": "True"], ["type": "Complete", "status": "True"],
            ],
        ]
        var old = try created(job([:]))
        old["status"] = done
        var new = old
        new["status"] = ["startTime": "2026-01-01T00:00:00Z", "succeeded": 0, "active": 1]
        let resource = try #require(ResourceRegistry.builtIn.resource(Job.groupVersionKind))
        let sentences = resource.validateStatusUpdate(new, old).map(\.message)
        #expect(sentences.contains("Invalid value: cannot disable the terminal Complete=True condition"))
        #expect(sentences.contains("Invalid value: 0: cannot decrease the succeeded counter"))
        #expect(resource.validateStatusUpdate(old, old) == [])
    }

    @Test func aSuspendedJobsTemplateMayBePlacedElsewhere() throws {
        let resource = try #require(ResourceRegistry.builtIn.resource(Job.groupVersionKind))
        var old = try created(job(["suspend": true]))
        var new = old
        new.set(["spec", "template", "spec", "nodeSelector"], to: ["zone": "a"])
        #expect(resource.validateUpdate(new, old) == [])
        old.set(["spec", "suspend"], to: false)
        #expect(resource.validateUpdate(new, old).map(\.field) == ["spec.template"])
    }

    @Test func cronJobsNamesSchedulesAndZones() throws {
        let cron: JSON = [
            "apiVersion": "batch/v1", "kind": "CronJob",
            "metadata": ["name": JSON(String(repeating: "n", count: 53)), "namespace": "default"],
            "spec": [
                "schedule": "61 * * * *", "timeZone": "Nowhere/City",
                "jobTemplate": ["spec": ["template": Self.template]],
            ],
        ]
        #expect(
            try faults(cron) == [
                "spec.schedule: Invalid value: \"61 * * * *\": end of range (61) above maximum (59): 61",
                "spec.timeZone: Invalid value: \"Nowhere/City\": unknown time zone Nowhere/City",
                "metadata.name: Invalid value: \"\(String(repeating: "n", count: 53))\": must be no more than 52 characters",
            ])
    }

    @Test func statefulSetsChangeOnlyWhatMayChange() throws {
        var template = Self.template
        template["spec", "restartPolicy"] = "Always"
        let set: JSON = [
            "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": ["name": "s", "namespace": "default"],
            "spec": [
                "serviceName": "s", "selector": ["matchLabels": ["a": "b"]], "template": template,
                "volumeClaimTemplates": [
                    [
                        "metadata": ["name": "data"],
                        "spec": [
                            "accessModes": ["ReadWriteOnce"], "resources": ["requests": ["storage": "1Gi"]],
                        ],
                    ]
                ],
            ],
        ]
        #expect(try faults(set) == [])
        let old = try created(set)
        let resource = try #require(ResourceRegistry.builtIn.resource(StatefulSet.groupVersionKind))
        var new = old
        new.set(["spec", "replicas"], to: 3)
        #expect(resource.validateUpdate(new, old) == [])
        new.set(["spec", "serviceName"], to: "t")
        #expect(resource.validateUpdate(new, old).map(\.field) == ["spec"])
    }

    @Test func daemonSetsCountTheirTemplates() throws {
        var template = Self.template
        template["spec", "restartPolicy"] = "Always"
        let set: JSON = [
            "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": ["name": "d", "namespace": "default"],
            "spec": ["selector": ["matchLabels": ["a": "b"]], "template": template],
        ]
        #expect(try faults(set) == [])
        let resource = try #require(ResourceRegistry.builtIn.resource(DaemonSet.groupVersionKind))
        let old = try created(set)
        var new = old
        new.set(["spec", "template", "spec", "hostNetwork"], to: true)
        resource.prepareForUpdate(&new, old)
        let annotation = "deprecated.daemonset.template.generation"
        #expect(old["metadata", "annotations"]?[annotation]?.string == "1")
        #expect(new["metadata", "annotations"]?[annotation]?.string == "2")
        #expect(new["metadata", "generation"]?.int == 2)
    }
}

@Suite struct CronScheduleTimesTests {
    /// The next times after one, by a zone of this machine.
    private func times(_ schedule: String, after: String, _ zone: String = "UTC", count: Int = 3) throws -> [String] {
        let zone = try #require(TimeZone(identifier: zone))
        let schedule = try CronSchedule(schedule)
        var last = try #require(Instant(rfc3339: after))
        var found: [String] = []
        for _ in 0..<count {
            guard
                let next = schedule.next(
                    after: last,
                    offset: { zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double($0.secondsSince1970))) })
            else { break }
            found.append(next.rfc3339)
            last = next
        }
        return found
    }

    @Test func minutesHoursDaysAndMonths() throws {
        #expect(
            try times("*/20 8 * * *", after: "2026-01-01T08:25:10Z")
                == ["2026-01-01T08:40:00Z", "2026-01-02T08:00:00Z", "2026-01-02T08:20:00Z"])
        #expect(
            try times("0 0 29 2 *", after: "2024-03-01T00:00:00Z", count: 1) == ["2028-02-29T00:00:00Z"])
        #expect(try times("0 0 31 2 *", after: "2026-01-01T00:00:00Z") == [])
        // 2026-01-01 is a Thursday. With both days given, either will do.
        #expect(
            try times("0 0 15 * fri", after: "2026-01-01T00:00:00Z")
                == ["2026-01-02T00:00:00Z", "2026-01-09T00:00:00Z", "2026-01-15T00:00:00Z"])
        #expect(
            try times("@every 90s", after: "2026-01-01T00:00:00Z", count: 2)
                == ["2026-01-01T00:01:30Z", "2026-01-01T00:03:00Z"])
    }

    @Test func clocksThatChange() throws {
        // In Berlin 2026-03-29 has no 02:30, and 2026-10-25 has it twice.
        #expect(
            try times("30 2 * * *", after: "2026-03-28T00:00:00Z", "Europe/Berlin", count: 2)
                == ["2026-03-28T01:30:00Z", "2026-03-30T00:30:00Z"])
        #expect(
            try times("30 2 * * *", after: "2026-10-24T12:00:00Z", "Europe/Berlin", count: 2)
                == ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"])
        #expect(
            try times("0 9 * * *", after: "2026-07-01T14:00:00Z", "America/New_York", count: 1)
                == ["2026-07-02T13:00:00Z"])
    }

    /// Minute by minute against a slow, obvious reader of the same fields.
    @Test func equalsASlowSearch() throws {
        for text in ["5,35 */6 * * *", "0 12 1-7 * mon", "*/7 3 * 2,5 *", "59 23 31 * *", "15 10 ? 6-8 sat,sun"] {
            guard case .fields(let minute, let hour, let day, let month, let weekday) = try CronSchedule(text).rule
            else { continue }
            let start = try #require(Instant(rfc3339: "2026-02-25T22:10:00Z"))
            var expected: [String] = []
            var seconds = start.secondsSince1970
            while expected.count < 4, seconds < start.secondsSince1970 + 400 * 86_400 {
                seconds += 60
                let date = CalendarDay(daysSince1970: Int(seconds / 86_400))
                let isWeekday = weekday.contains(Int((seconds / 86_400 + 4) % 7))
                let isDay = day.contains(date.day)
                let fits = day.isStar || weekday.isStar ? isDay && isWeekday : isDay || isWeekday
                if fits, month.contains(date.month), hour.contains(Int(seconds % 86_400 / 3600)),
                    minute.contains(Int(seconds % 3600 / 60))
                {
                    expected.append(Instant(secondsSince1970: seconds).rfc3339)
                }
            }
            #expect(try times(text, after: "2026-02-25T22:10:00Z", count: 4) == expected, "\(text)")
        }
    }
}
