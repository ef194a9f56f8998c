import CCurl

/// One easy handle of libcurl set up for a transfer; used by the client's thread alone.
struct EasyHandle {
    let handle: UnsafeMutableRawPointer
    private let headers: UnsafeMutablePointer<curl_slist>?
    private let context: Unmanaged<Transfer>

    init(_ transfer: Transfer) throws(OutboundError) {
        let request = transfer.request
        guard let handle = curl_easy_init() else { throw .failed(code: 2, "libcurl has no handle left") }
        self.handle = handle
        context = Unmanaged.passRetained(transfer)
        var list: UnsafeMutablePointer<curl_slist>?
        // Bodies go out at once, without waiting for 100 Continue.
        list = curl_slist_append(list, "Expect:")
        for header in request.headers { list = curl_slist_append(list, Self.line(header)) }
        headers = list

        ccurl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        ccurl_set_string(handle, CURLOPT_PROTOCOLS_STR, "http,https")
        ccurl_set_string(handle, CURLOPT_PROXY, "")
        ccurl_set_pointer(handle, CURLOPT_HTTPHEADER, list)
        ccurl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, Self.milliseconds(request.connectTimeout))
        if let timeout = request.timeout { ccurl_set_long(handle, CURLOPT_TIMEOUT_MS, Self.milliseconds(timeout)) }
        if request.maximumRedirects > 0 {
            ccurl_set_long(handle, CURLOPT_FOLLOWLOCATION, 1)
            ccurl_set_long(handle, CURLOPT_MAXREDIRS, request.maximumRedirects)
        }
        if request.usesFreshConnection {
            ccurl_set_long(handle, CURLOPT_FRESH_CONNECT, 1)
            ccurl_set_long(handle, CURLOPT_FORBID_REUSE, 1)
        }
        if request.speaksHTTP2AtOnce {
            ccurl_set_long(handle, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE))
        }
        if request.hasConnectionOfItsOwn { ccurl_set_long(handle, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)) }
        if let socket = request.unixSocket { ccurl_set_string(handle, CURLOPT_UNIX_SOCKET_PATH, socket) }
        setMethod(request)
        setTLS(request.tls)
        setCallbacks()
        let result = ccurl_set_string(handle, CURLOPT_URL, request.url)
        guard result == CURLE_OK else {
            free()
            throw .invalidRequest("bad URL \(request.url)")
        }
    }

    private func setMethod(_ request: OutboundRequest) {
        if !request.body.isEmpty || ["POST", "PUT", "PATCH"].contains(request.method) {
            ccurl_set_long(handle, CURLOPT_POST, 1)
            ccurl_set_large(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count))
            // Copied by libcurl; an empty body needs an address too.
            var body = request.body.isEmpty ? [0] : request.body
            body.withUnsafeMutableBytes { _ = ccurl_set_pointer(handle, CURLOPT_COPYPOSTFIELDS, $0.baseAddress) }
        }
        if request.method == "HEAD" { ccurl_set_long(handle, CURLOPT_NOBODY, 1) }
        ccurl_set_string(handle, CURLOPT_CUSTOMREQUEST, request.method)
    }

    private func setTLS(_ tls: OutboundRequest.TLS) {
        if tls.isInsecure {
            ccurl_set_long(handle, CURLOPT_SSL_VERIFYPEER, 0)
            ccurl_set_long(handle, CURLOPT_SSL_VERIFYHOST, 0)
        }
        func blob(_ option: CURLoption, _ bytes: [UInt8]?) {
            guard let bytes else { return }
            bytes.withUnsafeBytes { _ = ccurl_set_blob(handle, option, $0.baseAddress, $0.count) }
        }
        blob(CURLOPT_CAINFO_BLOB, tls.authorities)
        blob(CURLOPT_SSLCERT_BLOB, tls.certificate)
        blob(CURLOPT_SSLKEY_BLOB, tls.key)
    }

    private func setCallbacks() {
        let pointer = context.toOpaque()
        ccurl_set_pointer(handle, CURLOPT_PRIVATE, pointer)
        ccurl_set_pointer(handle, CURLOPT_HEADERDATA, pointer)
        ccurl_set_pointer(handle, CURLOPT_WRITEDATA, pointer)
        ccurl_set_function(handle, CURLOPT_HEADERFUNCTION) { data, size, count, context in
            guard let data, let context else { return 0 }
            let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
            return transfer.receivedHeader(EasyHandle.bytes(data, size * count)) ? size * count : 0
        }
        ccurl_set_function(handle, CURLOPT_WRITEFUNCTION) { data, size, count, context in
            guard let data, let context else { return 0 }
            let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
            // CURL_WRITEFUNC_PAUSE
            return transfer.receivedBody(EasyHandle.bytes(data, size * count)) ?? 0x1000_0001
        }
    }

    static func bytes(_ data: UnsafeMutablePointer<CChar>, _ count: Int) -> [UInt8] {
        Array(UnsafeRawBufferPointer(start: data, count: count))
    }
    private static func line(_ header: (name: String, value: String)) -> String {
        // A line's end in a value would begin another header.
        let value = String(
            header.value.unicodeScalars.filter { $0 != "\r" && $0 != "\n" && $0 != "\0" }.map(Character.init))
        return value.isEmpty ? "\(header.name);" : "\(header.name): \(value)"
    }
    private static func milliseconds(_ duration: Duration) -> Int {
        let parts = duration.components
        return max(1, Int(clamping: parts.seconds) &* 1000 &+ Int(parts.attoseconds / 1_000_000_000_000_000))
    }

    func free() {
        curl_easy_cleanup(handle)
        curl_slist_free_all(headers)
        context.release()
    }
}
