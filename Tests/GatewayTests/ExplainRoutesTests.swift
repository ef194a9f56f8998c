import APIMachinery
import APIServer
import DatabaseTestKit
import HTTPMessages
import KubeAPI
import Testing

@testable import Gateway

/// Who may read an object may ask what loops think of it, and nobody else.
@Suite struct ExplainRoutesTests {
    /// Lets one user read what is named here.
    private struct Reader: Authorizer {
        let may: [Permission]
        func authorize(_ user: UserInfo, _ attributes: RequestAttributes) async -> AccessDecision {
            if user.name == "operator", attributes.isResourceRequest, attributes.resource == "nodes",
                attributes.verb == .list
            {
                return .allow()
            }
            guard attributes.isResourceRequest, attributes.namespace == "shop", user.name == "reader" else {
                return .noOpinion()
            }
            let asked = Permission(
                attributes.verb, GroupResource(group: attributes.group, resource: attributes.resource),
                name: attributes.name.isEmpty ? nil : attributes.name)
            return may.contains(asked) ? .allow() : .noOpinion()
        }
        func rules(for user: UserInfo, namespace: String) async -> AccessRules { AccessRules() }
    }

    private func answer(_ path: String, token: String? = "secret", may: [Permission]) async -> (Int, String) {
        var parts = Site.Parts()
        parts.access = AccessControl(
            authenticator: BearerToken(
                token == "all" ? "all" : "secret", for: UserInfo(name: token == "all" ? "operator" : "reader")),
            authorizer: Reader(may: may))
        parts.explainScheduling = { key in ["pod": JSON(key.name)] }
        parts.explainScaling = ScalingQuestions(
            explanation: { key in key.name == "web-scaler" ? ["name": JSON(key.name)] : nil },
            autoscalers: { kind, key in
                kind == "deployment" && key.name == "web"
                    ? [ObjectKey(namespace: key.namespace, name: "web-scaler")] : []
            }, vertical: { key in key.name == "web-sizer" ? ["name": JSON(key.name)] : nil })
        parts.explainScaling?.nodeGroups = { [["group": "small", "maxSize": 3]] }
        let site = Site(GatewayConfiguration(), api: nil, parts: parts, logger: quiet)
        let headers =
            [(name: "host", value: "localhost")]
            + (token.map { [(name: "authorization", value: "Bearer \($0)")] } ?? [])
        let answer = await site.answer(Request(method: "GET", path: path, headers: headers))
        guard case .bytes(let bytes) = answer.body else { return (answer.status, "") }
        return (answer.status, String(decoding: bytes, as: UTF8.self))
    }

    private let scalers = HorizontalPodAutoscaler.resource

    @Test func schedulingIsForWhoMayReadThePod() async {
        let path = "/explain/scheduling/shop/web-1"
        let may = [Permission(.get, Pod.resource, name: "web-1")]
        #expect(await answer(path, may: may) == (200, #"{"pod":"web-1"}"#))
        #expect(await answer(path, token: nil, may: may).0 == 401)
        #expect(await answer(path, token: "other", may: may).0 == 401)
        let (status, text) = await answer("/explain/scheduling/shop/other", may: may)
        #expect(status == 403)
        #expect(
            text.contains(#"pods \"other\" is forbidden: User \"reader\" cannot get resource \"pods\" in API group"#))
        #expect(await answer("/explain/scheduling/else/web-1", may: may).0 == 403)
    }

    @Test func groupsOfNodesAreForWhoMayListNodes() async {
        // The reader's rights are in one namespace, and nodes are in none.
        #expect(await answer("/explain/scaling/nodes/small", may: [Permission(.list, Node.resource)]).0 == 403)
        #expect(
            await answer("/explain/scaling/nodes/small", token: "all", may: []) == (
                200, #"{"group":"small","maxSize":3}"#
            ))
        let (status, text) = await answer("/explain/scaling/nodes/large", token: "all", may: [])
        #expect(status == 404 && text.contains("There is no group large of nodes; there are small."))
    }

    @Test func scalingIsForWhoMayReadTheAutoscaler() async {
        let may = [Permission(.get, scalers, name: "web-scaler")]
        #expect(await answer("/explain/scaling/hpa/shop/web-scaler", may: may) == (200, #"{"name":"web-scaler"}"#))
        #expect(await answer("/explain/scaling/hpa/shop/other", may: may).0 == 403)
        // Which autoscaler a target has is told to who may list them.
        #expect(await answer("/explain/scaling/deployment/shop/web", may: may).0 == 403)
        let all = [Permission(.list, scalers), Permission(.get, scalers, name: "nobody")]
        #expect(await answer("/explain/scaling/Deployment/shop/web", may: all) == (200, #"{"name":"web-scaler"}"#))
        #expect(await answer("/explain/scaling/deployment/shop/db", may: all).0 == 404)
        let (status, text) = await answer("/explain/scaling/hpa/shop/nobody", may: all)
        #expect(status == 404)
        #expect(text.contains(#"horizontalpodautoscalers.autoscaling \"nobody\" not found"#))
    }

    @Test func sizesAreForWhoMayReadTheVerticalAutoscaler() async {
        let vertical = VerticalPodAutoscaler.resource
        let may = [Permission(.get, vertical, name: "web-sizer"), Permission(.get, vertical, name: "nobody")]
        for kind in ["vpa", "VerticalPodAutoscaler", "verticalpodautoscalers"] {
            #expect(
                await answer("/explain/scaling/\(kind)/shop/web-sizer", may: may) == (200, #"{"name":"web-sizer"}"#))
        }
        #expect(await answer("/explain/scaling/vpa/shop/other", may: may).0 == 403)
        #expect(await answer("/explain/scaling/vpa/shop/web-sizer", may: [Permission(.list, scalers)]).0 == 403)
        #expect(await answer("/explain/scaling/vpa/shop/nobody", may: may).0 == 404)
    }
}
