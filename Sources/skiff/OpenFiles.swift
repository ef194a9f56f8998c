import Foundation
import Logging

/// How many files and connections this process may have open.
enum OpenFiles {
    /// Fewer than this is too little for a thousand clients and their pods.
    static let wanted: rlim_t = 4_096

    /// Raises the soft limit to the hard one, as servers do: the usual soft limit of 1,024 is for programs that use
    /// select(2). Containers and the database inherit it.
    static func raiseLimit(_ logger: Logger) {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        if limit.rlim_cur < limit.rlim_max {
            var raised = limit
            raised.rlim_cur = limit.rlim_max
            if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
        }
        if limit.rlim_cur < wanted {
            logger.warning(
                "Few files may be open at once; many clients will not fit.",
                metadata: ["limit": .stringConvertible(limit.rlim_cur)])
        }
    }
}
