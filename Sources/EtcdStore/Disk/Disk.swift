/// One directory of files that belongs to a member. What is written is sure to be there after a crash only once
/// `synchronize` has returned; names, once `synchronizeDirectory` has.
public protocol Disk: Sendable {
    /// How people call the directory, for errors.
    var path: String { get }
    func names() throws(DiskError) -> [String]
    func open(_ name: String, creating: Bool) throws(DiskError) -> any DiskFile
    func rename(_ name: String, to newName: String) throws(DiskError)
    func remove(_ name: String) throws(DiskError)
    func synchronizeDirectory() throws(DiskError)
    /// Keeps others out until `unlock`, or until the process ends. Returns false if somebody else has the lock.
    func lock() throws(DiskError) -> Bool
    func unlock()
}

/// An open file; used by one thread at a time, except that reads may go beside anything.
public protocol DiskFile: AnyObject, Sendable {
    var name: String { get }
    func size() throws(DiskError) -> Int
    /// Fewer bytes than asked for only at the end of the file.
    func read(at offset: Int, count: Int) throws(DiskError) -> [UInt8]
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(DiskError)
    /// Makes the file this long, with the room reserved and zeros where nothing was.
    func allocate(_ size: Int) throws(DiskError)
    /// Makes everything written so far durable.
    func synchronize() throws(DiskError)
    func close()
}

/// Why the disk did not do as told.
public enum DiskError: Error, Sendable, Equatable {
    case noSpace(file: String)
    /// `code` is the system's errno.
    case failed(operation: String, file: String, code: Int32)

    /// As callers of the store see it.
    var storeError: StoreError {
        switch self {
        case .noSpace: .outOfSpace
        case .failed(let operation, let file, let code): .stopped("\(operation) \(file): error \(code)")
        }
    }
}

extension DiskFile {
    func write(_ bytes: [UInt8], at offset: Int) throws(DiskError) {
        let result: Result<Void, DiskError> = bytes.withUnsafeBytes { buffer in
            do throws(DiskError) { return .success(try write(buffer, at: offset)) } catch { return .failure(error) }
        }
        try result.get()
    }
}
