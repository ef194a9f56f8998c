import Basics
import ControlLoops
import Foundation
import KubeAPI

/// The times of a CronJob in its zone.
struct CronJobTimes {
    /// Why there are none, as an event says it.
    struct Fault: Error {
        var reason: String
        var message: String
    }
    /// So many missed times are told of; only the last of them is made up for.
    static let manyMissed = 100

    private let schedule: CronSchedule
    private let zone: TimeZone

    /// Zones are those of the schedule's own text, else of `timeZone`, else the machine's.
    static func of(_ cron: CronJob) -> Result<CronJobTimes, Fault> {
        let text = cron.spec.schedule ?? ""
        do throws(CronSchedule.Failure) {
            let schedule = try CronSchedule(text)
            let name = schedule.timeZone ?? cron.spec.timeZone
            guard let zone = name.map({ TimeZone(identifier: $0) }) ?? TimeZone.current else {
                return .failure(
                    Fault(
                        reason: "UnknownTimeZone",
                        message: "invalid timeZone: \"\(name ?? "")\": unknown time zone \(name ?? "")"))
            }
            let times = CronJobTimes(schedule: schedule, zone: zone)
            // Such as the 31st of February.
            guard times.next(after: cron.created ?? .distantPast) != nil || cron.created == nil else {
                let sentence = "time difference between two schedules is less than 1 second"
                return .failure(Fault(reason: "InvalidSchedule", message: "invalid schedule: \(text) : \(sentence)"))
            }
            return .success(times)
        } catch {
            return .failure(
                Fault(
                    reason: "UnparseableSchedule", message: "unparseable schedule: \"\(text)\" : \(error.message)"))
        }
    }

    /// A zone within the schedule's own text works, and Kubernetes does not promise that it will.
    static func warning(_ cron: CronJob) -> EventNote? {
        guard let text = cron.spec.schedule, text.contains("TZ") else { return nil }
        let place = "https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/"
        let sentence = """
            CRON_TZ or TZ used in schedule "\(text)" is not officially supported, see \(place) for more details
            """
        return EventNote(cron, .warning, "UnsupportedSchedule", sentence)
    }

    func next(after instant: Instant) -> Instant? { schedule.next(after: instant, offset: offset) }

    private func offset(_ instant: Instant) -> Int {
        zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(instant.secondsSince1970)))
    }

    /// The last time that is due and has not been seen to, and about how many there were since the last that was.
    func due(_ cron: CronJob, _ now: Instant) -> (missed: Int, last: Instant?) {
        var earliest = cron.status.lastScheduleTime.flatMap { Instant(rfc3339: $0) } ?? cron.created ?? now
        if let seconds = cron.spec.startingDeadlineSeconds { earliest = max(earliest, now - .seconds(seconds)) }
        guard let first = next(after: earliest), first <= now else { return (0, nil) }
        guard let second = next(after: first), second <= now else { return (1, first) }
        let interval = max(1, second.secondsSince1970 - first.secondsSince1970)
        let count = (now.secondsSince1970 - first.secondsSince1970) / interval + 1
        // From near the end on, as all of them may be millions.
        var last: Instant = first
        var candidate = next(after: Instant(secondsSince1970: first.secondsSince1970 + max(0, count - 2) * interval))
        while let time = candidate, time <= now {
            last = time
            candidate = next(after: time)
        }
        return (Int(count), last)
    }

    /// RFC 3339 in the zone, such as "2026-03-29T06:00:00+02:00".
    func text(_ instant: Instant) -> String {
        let offset = offset(instant)
        if offset == 0 { return instant.rfc3339 }
        let local = Instant(secondsSince1970: instant.secondsSince1970 + Int64(offset)).rfc3339.dropLast()
        let minutes = abs(offset) / 60
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(local)\(offset < 0 ? "-" : "+")\(two(minutes / 60)):\(two(minutes % 60))"
    }
}
