/// A duration as `kubectl get` shows ages: the two largest units where they matter (apimachinery's HumanDuration).
public enum HumanDuration {
    private static let minute = 60
    private static let hour = 3600
    private static let day = 24
    private static let year = 365

    public static func text(seconds: Int) -> String {
        if seconds < -1 { return "<invalid>" }
        if seconds < 0 { return "0s" }
        if seconds < 2 * minute { return "\(seconds)s" }
        let minutes = seconds / minute
        if minutes < 10 { return pair(minutes, "m", seconds % minute, "s") }
        if minutes < 3 * 60 { return "\(minutes)m" }
        let hours = seconds / hour
        if hours < 8 { return pair(hours, "h", minutes % 60, "m") }
        if hours < 2 * day { return "\(hours)h" }
        let days = hours / day
        if days < 8 { return pair(days, "d", hours % day, "h") }
        if days < 2 * year { return "\(days)d" }
        if days < 8 * year { return pair(days / year, "y", days % year, "d") }
        return "\(days / year)y"
    }

    private static func pair(_ large: Int, _ largeUnit: String, _ small: Int, _ smallUnit: String) -> String {
        small == 0 ? "\(large)\(largeUnit)" : "\(large)\(largeUnit)\(small)\(smallUnit)"
    }
}
