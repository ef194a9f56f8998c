import Basics

extension CronSchedule {
    /// Nothing is looked for longer than this: a schedule such as the 30th of February never comes.
    private static let yearsAhead = 5

    /// The first time after `instant` at which the schedule is due; nil if there is none within five years. `offset` says
    /// how many seconds a zone is ahead of UTC at an instant. Times that a change of clocks leaves out do not come.
    public func next(after instant: Instant, offset: (Instant) -> Int) -> Instant? {
        switch rule {
        case .every(let seconds):
            return Instant(secondsSince1970: instant.secondsSince1970 + Int64(seconds))
        case .fields(let minute, let hour, let dayOfMonth, let month, let dayOfWeek):
            let local = instant.secondsSince1970 + Int64(offset(instant))
            var time = WallTime(secondsSince1970: local - Self.remainder(local, 60) + 60)
            let lastYear = time.date.year + Self.yearsAhead
            while time.date.year <= lastYear {
                guard month.contains(time.date.month) else {
                    time.advanceToNextMonth()
                    continue
                }
                guard Self.isDue(time.date, dayOfMonth, dayOfWeek) else {
                    time.advanceToNextDay()
                    continue
                }
                guard hour.contains(time.hour) else {
                    time.advanceToNextHour()
                    continue
                }
                if minute.contains(time.minute), let found = Self.instant(of: time, offset), found > instant {
                    return found
                }
                time.advanceByOneMinute()
            }
            return nil
        }
    }

    /// With both days given either will do; a star asks for nothing.
    private static func isDue(_ date: CalendarDay, _ dayOfMonth: Field, _ dayOfWeek: Field) -> Bool {
        let isDay = dayOfMonth.contains(date.day)
        let isWeekday = dayOfWeek.contains(Int(remainder(Int64(date.daysSince1970) + 4, 7)))
        return dayOfMonth.isStar || dayOfWeek.isStar ? isDay && isWeekday : isDay || isWeekday
    }

    /// The earlier of the instants at which clocks show this time; nil if they never do.
    private static func instant(of time: WallTime, _ offset: (Instant) -> Int) -> Instant? {
        let local = time.secondsSince1970
        var found: Instant?
        // Clocks change by a few hours at most, so offsets a day before and after are all there are.
        for day in [-86_400, 86_400] as [Int64] {
            let guess = offset(Instant(secondsSince1970: local + day))
            let candidate = Instant(secondsSince1970: local - Int64(guess))
            if offset(candidate) == guess { found = min(found ?? candidate, candidate) }
        }
        return found
    }

    fileprivate static func remainder(_ value: Int64, _ divisor: Int64) -> Int64 {
        let rest = value % divisor
        return rest < 0 ? rest + divisor : rest
    }

    /// What a clock on the wall shows: a day, an hour and a minute.
    private struct WallTime {
        var date: CalendarDay
        var hour: Int
        var minute: Int

        init(secondsSince1970 seconds: Int64) {
            let ofDay = CronSchedule.remainder(seconds, 86_400)
            date = CalendarDay(daysSince1970: Int((seconds - ofDay) / 86_400))
            hour = Int(ofDay / 3_600)
            minute = Int(ofDay % 3_600 / 60)
        }
        var secondsSince1970: Int64 { Int64(date.daysSince1970) * 86_400 + Int64(hour * 3_600 + minute * 60) }

        mutating func advanceToNextMonth() {
            let isLast = date.month == 12
            date = CalendarDay(year: isLast ? date.year + 1 : date.year, month: isLast ? 1 : date.month + 1, day: 1)
            (hour, minute) = (0, 0)
        }
        mutating func advanceToNextDay() {
            date = CalendarDay(daysSince1970: date.daysSince1970 + 1)
            (hour, minute) = (0, 0)
        }
        mutating func advanceToNextHour() {
            minute = 0
            hour += 1
            if hour == 24 { advanceToNextDay() }
        }
        mutating func advanceByOneMinute() {
            minute += 1
            if minute == 60 { advanceToNextHour() }
        }
    }
}
