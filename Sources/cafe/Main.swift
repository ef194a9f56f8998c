import Samples

/// The samples as a program of their own.
@main
enum Main {
    static func main() async { await Cafe.main() }
}
