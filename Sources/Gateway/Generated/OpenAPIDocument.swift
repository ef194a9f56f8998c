// Made from openapi.yaml by `UPDATE=1 swift test --filter OpenAPIDocumentTests`; do not edit.

enum OpenAPIDocument {
    static let yaml = #"""
        openapi: 3.1.0
        info:
          title: Skiff
          version: 1.0.0
          summary: The routes of a Skiff cluster outside the Kubernetes API.
          description: >-
            Kubernetes' own paths (/api and /apis) are described by the cluster itself at /openapi/v3. Every answer has an Audit-Id
            header. Errors are problem details (RFC 9457), under Kubernetes' own paths Status objects.
          license:
            name: Apache-2.0
            identifier: Apache-2.0
        servers:
          - url: /
            description: The listener this document came from.
        security:
          - bearer: []
          - clientCertificate: []
          - session: []
        tags:
          - name: Users
            description: The sample user service, on MariaDB. Passwords are kept as salted hashes and never shown.
          - name: Samples
            description: Tea and coffee, through the ingress controller to the pods.
          - name: Cluster
            description: Applying objects, and reading what was done.
          - name: Sessions
            description: How a browser logs in, and out.
          - name: Health
            description: Whether the cluster works, and what it counts.
          - name: Documentation
            description: This description.
        paths:
          /:
            get:
              operationId: getGreeting
              summary: A greeting
              description: The sentence of the tutorial; a small page for a browser.
              tags: [Users]
              security: []
              responses:
                '200':
                  description: The greeting.
                  content:
                    text/plain:
                      schema: {type: string, const: 'Hello, world!'}
                    text/html:
                      schema: {type: string}
                default: {$ref: '#/components/responses/Problem'}
          /users:
            get:
              operationId: listUsers
              summary: All users
              tags: [Users]
              security: []
              responses:
                '200':
                  description: An array for each user.
                  content:
                    application/json:
                      schema:
                        type: array
                        items: {$ref: '#/components/schemas/UserRow'}
                      example: [[1, Jane, jane@example.com, null]]
                default: {$ref: '#/components/responses/Problem'}
          /user/{id}:
            parameters:
              - $ref: '#/components/parameters/UserID'
            get:
              operationId: getUser
              summary: One user
              tags: [Users]
              security: []
              responses:
                '200':
                  description: The user's array, or null if there is no such user.
                  content:
                    application/json:
                      schema:
                        oneOf:
                          - $ref: '#/components/schemas/UserRow'
                          - type: 'null'
                      example: [1, Jane, jane@example.com, null]
                default: {$ref: '#/components/responses/Problem'}
          /create:
            post:
              operationId: createUser
              summary: Create a user
              tags: [Users]
              security: []
              requestBody:
                required: true
                content:
                  application/json:
                    schema: {$ref: '#/components/schemas/NewUser'}
                    example: {name: Jane, email: jane@example.com, pwd: secret}
              responses:
                '200':
                  description: What became of it; a missing or empty value is named here, as in the tutorial.
                  content:
                    application/json:
                      schema:
                        type: string
                        enum: ['User created successfully!', 'Please provide name, email and pwd']
                default: {$ref: '#/components/responses/Problem'}
          /update:
            post:
              operationId: updateUser
              summary: Change a user
              tags: [Users]
              security: []
              requestBody:
                required: true
                content:
                  application/json:
                    schema: {$ref: '#/components/schemas/ChangedUser'}
                    example: {user_id: 1, name: Jane, email: jane@example.org, pwd: secret}
              responses:
                '200':
                  description: What became of it; a missing or empty value is named here, as in the tutorial.
                  content:
                    application/json:
                      schema:
                        type: string
                        enum: ['User updated successfully!', 'Please provide id, name, email and pwd']
                '404': {$ref: '#/components/responses/Problem'}
                default: {$ref: '#/components/responses/Problem'}
          /delete/{id}:
            parameters:
              - $ref: '#/components/parameters/UserID'
            get:
              operationId: deleteUserByPath
              summary: Delete a user
              description: The tutorial's path. A browser may not be led here by another site's page.
              tags: [Users]
              security: []
              responses:
                '200': {$ref: '#/components/responses/UserDeleted'}
                default: {$ref: '#/components/responses/Problem'}
          /delete:
            post:
              operationId: deleteUser
              summary: Delete a user
              tags: [Users]
              security: []
              requestBody:
                required: true
                content:
                  application/json:
                    schema:
                      type: object
                      properties:
                        user_id: {$ref: '#/components/schemas/UserID'}
                    example: {user_id: 1}
              responses:
                '200': {$ref: '#/components/responses/UserDeleted'}
                default: {$ref: '#/components/responses/Problem'}
          /tea:
            get:
              operationId: getTea
              summary: Tea
              tags: [Samples]
              security: []
              parameters:
                - name: with
                  in: query
                  description: The name of a service to call as well; its answer is included.
                  schema: {$ref: '#/components/schemas/Text'}
                  example: coffee
              responses:
                '200': {$ref: '#/components/responses/Cup'}
                default: {$ref: '#/components/responses/Problem'}
          /coffee:
            get:
              operationId: getCoffee
              summary: Coffee
              tags: [Samples]
              security: []
              responses:
                '200': {$ref: '#/components/responses/Cup'}
                default: {$ref: '#/components/responses/Problem'}
          /apply:
            post:
              operationId: applyObjects
              summary: Apply objects
              description: >-
                A stream of YAML documents, a JSON object or a List, each applied as kubectl apply does (three-way merge with the
                last-applied-configuration annotation). One line of result each; the status is that of the first failure.
              tags: [Cluster]
              parameters:
                - name: dryRun
                  in: query
                  description: All says what would happen and changes nothing.
                  schema: {type: string, enum: [All]}
                - name: namespace
                  in: query
                  description: For objects that name none; others must agree with it.
                  schema: {type: string, pattern: '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$', default: default}
              requestBody:
                required: true
                content:
                  application/yaml:
                    schema: {$ref: '#/components/schemas/KubernetesObject'}
                    example:
                      apiVersion: v1
                      kind: ConfigMap
                      metadata:
                        name: hello
                      data:
                        greeting: hi
                  application/json:
                    schema: {$ref: '#/components/schemas/KubernetesObject'}
              responses:
                '200':
                  description: Every object was applied.
                  content:
                    text/plain:
                      schema: {type: string}
                      example: |
                        configmap/hello created
                4XX:
                  description: An object was refused (its line says why), or nothing was applied at all (a problem).
                  content:
                    text/plain:
                      schema: {type: string}
                    application/problem+json:
                      schema: {$ref: '#/components/schemas/Problem'}
                default: {$ref: '#/components/responses/Problem'}
          /login:
            get:
              operationId: showLogin
              summary: The login's page
              tags: [Sessions]
              security: []
              parameters:
                - {name: next, in: query, description: The path to go to after a login., schema: {type: string}}
              responses:
                '200':
                  description: A form, or who is logged in.
                  content:
                    text/html:
                      schema: {type: string}
                default: {$ref: '#/components/responses/Problem'}
            post:
              operationId: login
              summary: Log in
              description: >-
                Shows a bearer token, or without one the connection's certificate, and gets a cookie for eight hours. Forms are
                answered with pages, JSON with JSON.
              tags: [Sessions]
              security: []
              requestBody:
                content:
                  application/x-www-form-urlencoded:
                    schema: {type: object, properties: {token: {type: string}, next: {type: string}}}
                  application/json:
                    schema: {type: object, properties: {token: {type: string}}}
              responses:
                '200':
                  description: Who is logged in.
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/SessionUser'}
                '303':
                  description: To the page that was asked for.
                '400':
                  description: The form's page again, or a problem.
                  content:
                    text/html:
                      schema: {type: string}
                    application/problem+json:
                      schema: {$ref: '#/components/schemas/Problem'}
                '401':
                  description: Nobody is known by that; the form's page again, or a problem.
                  content:
                    text/html:
                      schema: {type: string}
                    application/problem+json:
                      schema: {$ref: '#/components/schemas/Problem'}
                '413':
                  description: The token is too long; the form's page again, or a problem.
                  content:
                    text/html:
                      schema: {type: string}
                    application/problem+json:
                      schema: {$ref: '#/components/schemas/Problem'}
                default: {$ref: '#/components/responses/Problem'}
          /logout:
            post:
              operationId: logout
              summary: Log out
              description: Ends the session of the cookie, if there is one.
              tags: [Sessions]
              security: []
              responses:
                '204':
                  description: Nobody is logged in any more.
                '303':
                  description: To the login's page, for a form.
                default: {$ref: '#/components/responses/Problem'}
          /session:
            get:
              operationId: getSession
              summary: Who asks
              tags: [Sessions]
              responses:
                '200':
                  description: The user and the groups.
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/SessionUser'}
                default: {$ref: '#/components/responses/Problem'}
          /audit/events:
            get:
              operationId: listAuditEvents
              summary: The audit trail
              description: Events of audit.k8s.io/v1, newest first.
              tags: [Cluster]
              parameters:
                - {name: user, in: query, description: Who asked., schema: {$ref: '#/components/schemas/Text'}}
                - {name: verb, in: query, description: 'Such as create, patch or delete.', schema: {$ref: '#/components/schemas/Text'}}
                - {name: resource, in: query, description: 'The plural name, such as pods.', schema: {$ref: '#/components/schemas/Text'}}
                - {name: namespace, in: query, description: The object's namespace., schema: {$ref: '#/components/schemas/Text'}}
                - {name: name, in: query, description: The object's name., schema: {$ref: '#/components/schemas/Text'}}
                - {name: code, in: query, description: The answer's status., schema: {type: integer, minimum: 0, maximum: 999}}
                - {name: auditID, in: query, description: The answer's Audit-Id., schema: {$ref: '#/components/schemas/Text'}}
                - {name: since, in: query, description: From this time on., schema: {type: string, format: date-time}}
                - {name: until, in: query, description: Before this time., schema: {type: string, format: date-time}}
                - {name: limit, in: query, description: Events on a page., schema: {type: integer, minimum: 1, maximum: 500, default: 100}}
                - {name: cursor, in: query, description: nextCursor of the page before., schema: {type: string, pattern: '^([1-9][0-9]{0,17})?$'}}
              responses:
                '200':
                  description: A page.
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/AuditPage'}
                default: {$ref: '#/components/responses/Problem'}
          /explain/scheduling/{namespace}/{pod}:
            parameters:
              - {name: namespace, in: path, required: true, description: The pod's namespace., schema: {type: string}}
              - {name: pod, in: path, required: true, description: The pod's name., schema: {type: string}}
            get:
              operationId: explainScheduling
              summary: What every node is to a pod
              description: >-
                Which filters of the scheduler refuse the pod on a node, or what each of its plugins gives the node; as if the pod had
                none. 503 where no scheduler runs.
              tags: [Cluster]
              responses:
                '200':
                  description: The scheduler's view.
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/SchedulingExplanation'}
                default: {$ref: '#/components/responses/Problem'}
          /explain/scaling/nodes/{group}:
            parameters:
              - {name: group, in: path, required: true, description: The name of the group., schema: {type: string}}
            get:
              operationId: explainNodeScaling
              summary: What the cluster autoscaler thinks of a group of nodes
              description: >-
                As of its last look: the group's size, which waiting pods would fit on a new node of it or why not, what keeps it from
                growing, and why each of its nodes stays or goes. For who may list nodes; 503 where no cluster autoscaler runs.
              tags: [Cluster]
              responses:
                '200':
                  description: The autoscaler's view.
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/NodeScalingExplanation'}
                default: {$ref: '#/components/responses/Problem'}
          /explain/scaling/{kind}/{namespace}/{name}:
            parameters:
              - {name: kind, in: path, required: true, description: 'hpa or vpa for an autoscaler itself, or the kind of the target of a HorizontalPodAutoscaler, such as deployment.', schema: {type: string}}
              - {name: namespace, in: path, required: true, description: The namespace of both., schema: {type: string}}
              - {name: name, in: path, required: true, description: The name of the autoscaler or the target., schema: {type: string}}
            get:
              operationId: explainScaling
              summary: What the autoscaler thinks of its target
              description: >-
                As of its last look: what each metric asked for, what the windows left of it, which policy or limit held it back, and
                what it recommended before; of a VerticalPodAutoscaler what its containers used, what is recommended of it, and what
                became of each pod. For who may read the autoscaler.
              tags: [Cluster]
              responses:
                '200':
                  description: The autoscaler's view.
                  content:
                    application/json:
                      schema:
                        oneOf:
                          - {$ref: '#/components/schemas/ScalingExplanation'}
                          - {$ref: '#/components/schemas/VerticalExplanation'}
                default: {$ref: '#/components/responses/Problem'}
          /metrics:
            get:
              operationId: getMetrics
              summary: Metrics in Prometheus' text form
              tags: [Health]
              responses:
                '200':
                  description: The metrics.
                  content:
                    text/plain:
                      schema: {type: string}
                    application/openmetrics-text:
                      schema: {type: string}
                default: {$ref: '#/components/responses/Problem'}
          /metrics/slis:
            get:
              operationId: getServiceLevels
              summary: How the health pages' checks went, in Prometheus' text form
              tags: [Health]
              responses:
                '200':
                  description: The metrics.
                  content:
                    text/plain:
                      schema: {type: string}
                    application/openmetrics-text:
                      schema: {type: string}
                default: {$ref: '#/components/responses/Problem'}
          /livez:
            get:
              operationId: getLiveness
              summary: Whether the process works
              tags: [Health]
              security: []
              parameters: [{$ref: '#/components/parameters/Verbose'}]
              responses:
                '200': {$ref: '#/components/responses/Healthy'}
                '500': {$ref: '#/components/responses/Unhealthy'}
          /readyz:
            get:
              operationId: getReadiness
              summary: Whether the cluster is ready
              tags: [Health]
              security: []
              parameters: [{$ref: '#/components/parameters/Verbose'}]
              responses:
                '200': {$ref: '#/components/responses/Healthy'}
                '500': {$ref: '#/components/responses/Unhealthy'}
          /healthz:
            get:
              operationId: getHealth
              summary: The older name of /livez
              tags: [Health]
              security: []
              parameters: [{$ref: '#/components/parameters/Verbose'}]
              responses:
                '200': {$ref: '#/components/responses/Healthy'}
                '500': {$ref: '#/components/responses/Unhealthy'}
          /version:
            get:
              operationId: getVersion
              summary: The cluster's version, as Kubernetes has it
              tags: [Health]
              security: []
              responses:
                '200':
                  description: The version.
                  content:
                    application/json:
                      schema:
                        type: object
                        required: [major, minor, gitVersion]
                        properties:
                          major: {type: string}
                          minor: {type: string}
                          gitVersion: {type: string}
          /docs:
            get:
              operationId: getDocumentation
              summary: This description as a page
              tags: [Documentation]
              security: []
              responses:
                '200':
                  description: The page.
                  content:
                    text/html:
                      schema: {type: string}
          /openapi.yaml:
            get:
              operationId: getDescription
              summary: This description
              tags: [Documentation]
              security: []
              responses:
                '200':
                  description: The description.
                  content:
                    application/yaml:
                      schema: {type: object, required: [openapi, paths], properties: {openapi: {type: string}, paths: {type: object}}}
          /openapi/v2:
            get:
              operationId: getKubernetesOpenAPIv2
              summary: The Kubernetes API's description, OpenAPI 2
              tags: [Documentation]
              responses:
                '200':
                  description: The description.
                  content:
                    application/json:
                      schema: {type: object}
                default: {$ref: '#/components/responses/Status'}
          /openapi/v3:
            get:
              operationId: listKubernetesOpenAPIv3
              summary: Where the Kubernetes API's groups are described, OpenAPI 3
              tags: [Documentation]
              responses:
                '200':
                  description: Paths by group and version.
                  content:
                    application/json:
                      schema: {type: object}
                default: {$ref: '#/components/responses/Status'}
        components:
          securitySchemes:
            bearer:
              type: http
              scheme: bearer
            clientCertificate:
              type: mutualTLS
              description: On the TLS listener, signed by the cluster's CA.
            session:
              type: apiKey
              in: cookie
              name: skiff-session
              description: >-
                What POST /login sets; its name goes on with digits of the server's run, and begins with __Host- on TLS.
          parameters:
            UserID:
              name: id
              in: path
              required: true
              schema: {type: integer, minimum: 0}
            Verbose:
              name: verbose
              in: query
              description: Lists every check.
              allowEmptyValue: true
              schema: {type: string}
          responses:
            Problem:
              description: What went wrong; 503 while the database or the ingress controller is away.
              content:
                application/problem+json:
                  schema: {$ref: '#/components/schemas/Problem'}
            Status:
              description: What went wrong, as Kubernetes says it.
              content:
                application/json:
                  schema: {type: object}
            UserDeleted:
              description: The user is not there (any more).
              content:
                application/json:
                  schema:
                    type: string
                    enum: ['User deleted successfully!', 'Please provide user_id']
            Cup:
              description: What the pod says of itself.
              content:
                text/plain:
                  schema: {type: string}
                  example: |
                    Server address: 127.100.1.4:8080
                    Server name: coffee-7c86d85d98-x2x8l
                    Date: 23/Nov/2026:18:00:00 +0000
                    URI: /coffee
                    Request ID: 5e1d3ae7c0d8f2b9a4c6e8f0a1b2c3d4
            Healthy:
              description: All is well.
              content:
                text/plain:
                  schema: {type: string}
                  example: ok
            Unhealthy:
              description: Something is not well.
              content:
                text/plain:
                  schema: {type: string}
          schemas:
            SessionUser:
              type: object
              required: [user, groups]
              properties:
                user: {type: string}
                groups: {type: array, items: {type: string}}
            Text:
              description: Without the character NUL, which no query may have.
              type: string
              pattern: '^[^\x00]*$'
            UserRow:
              description: Id, name, email and null where the tutorial shows the password.
              type: array
              prefixItems:
                - {type: integer}
                - {type: string}
                - {type: string}
                - {type: 'null'}
              minItems: 4
              maxItems: 4
            NewUser:
              description: What is missing, null or empty is asked for in the answer.
              type: object
              properties:
                name: {type: [string, 'null'], maxLength: 255}
                email: {type: [string, 'null'], maxLength: 255}
                pwd: {type: [string, 'null'], maxLength: 255, format: password}
            ChangedUser:
              allOf:
                - $ref: '#/components/schemas/NewUser'
                - type: object
                  properties:
                    user_id: {$ref: '#/components/schemas/UserID'}
            UserID:
              description: A user's number, or its digits.
              oneOf:
                - {type: integer, minimum: 0, maximum: 9007199254740991}
                - {type: string, pattern: '^[0-9]{0,15}$'}
                - {type: 'null'}
            KubernetesObject:
              description: An object of any kind that the cluster serves; the rest of it is as the kind says.
              type: object
              required: [apiVersion, kind, metadata]
              properties:
                apiVersion: {type: string, minLength: 1}
                kind: {type: string, minLength: 1}
                metadata:
                  type: object
                  required: [name]
                  properties:
                    name: {type: string, minLength: 1}
            AuditPage:
              type: object
              required: [items]
              properties:
                items:
                  type: array
                  items: {$ref: '#/components/schemas/AuditEvent'}
                nextCursor:
                  description: Asks for the next page; absent on the last.
                  type: string
            NodeScalingExplanation:
              type: object
              required: [group, lookedAt, minSize, maxSize, targetSize, nodes, upcoming, isClusterHealthy, scaleUp, scaleDown]
              properties:
                group: {type: string}
                lookedAt: {type: string, format: date-time}
                minSize: {type: integer}
                maxSize: {type: integer}
                targetSize: {type: integer}
                hourlyPrice: {type: number}
                nodes:
                  type: object
                  properties:
                    ready: {type: integer}
                    starting: {type: integer}
                    unready: {type: integer}
                    unregistered: {type: integer}
                upcoming: {type: integer, description: Nodes that were asked for and cannot be used yet.}
                isClusterHealthy: {type: boolean, description: Nothing is done while too many nodes are not ready.}
                scaleUp:
                  type: object
                  properties:
                    increase: {type: object, properties: {from: {type: integer}, to: {type: integer}}}
                    heldBackBy: {type: string, description: Why the group may not grow.}
                    backoff: {type: object, description: How long it is left alone after a failure.}
                    pods:
                      type: array
                      description: Pods that find no room, those that are alike as one.
                      items:
                        type: object
                        properties:
                          pod: {type: string}
                          alike: {type: integer}
                          fits: {type: boolean}
                          reasons: {type: array, items: {type: string}}
                scaleDown:
                  type: object
                  properties:
                    heldBackBy: {type: string, description: Why no node goes now.}
                    nodes:
                      type: array
                      items:
                        type: object
                        properties:
                          node: {type: string}
                          state: {enum: [starting, needed, unneeded, beingRemoved]}
                          since: {type: string, format: date-time}
                          reason: {type: string, description: As the autoscaler project calls it.}
                          pod: {type: string, description: Who keeps the node.}
                          podReason: {type: string}
            ScalingExplanation:
              type: object
              required: [kind, namespace, name, target, minReplicas, maxReplicas, conditions]
              properties:
                kind: {type: string, const: HorizontalPodAutoscaler}
                namespace: {type: string}
                name: {type: string}
                target: {type: object, description: The autoscaler's scaleTargetRef.}
                minReplicas: {type: integer}
                maxReplicas: {type: integer}
                time: {type: string, format: date-time}
                currentReplicas: {type: integer}
                stabilizedReplicas: {type: integer, description: What the stabilization windows left of what the metrics asked for.}
                desiredReplicas: {type: integer}
                reason: {type: string, description: Why the target was scaled.}
                limitedBy: {type: [string, 'null'], description: What held it back, as ScalingLimited says it.}
                error: {type: string}
                metrics:
                  type: array
                  items:
                    type: object
                    properties:
                      spec: {type: object}
                      name: {type: string}
                      replicas: {type: integer, description: What it asks for; absent where it could not be had.}
                      status: {type: object}
                pods: {type: array, items: {type: string}}
                scaleUp: {$ref: '#/components/schemas/ScalingBound'}
                scaleDown: {$ref: '#/components/schemas/ScalingBound'}
                recommendations:
                  type: array
                  items:
                    type: object
                    properties:
                      replicas: {type: integer}
                      secondsAgo: {type: integer}
                conditions: {type: array, items: {type: object}}
            VerticalExplanation:
              type: object
              required: [kind, namespace, name, target, mode]
              properties:
                kind: {const: VerticalPodAutoscaler}
                namespace: {type: string}
                name: {type: string}
                target: {type: object, description: The autoscaler's targetRef.}
                mode: {type: string, description: Its update mode.}
                time: {type: string, format: date-time}
                podCount: {type: integer}
                error: {type: string, description: Why its target cannot be used.}
                conditions: {type: array, items: {type: object}}
                containers:
                  type: array
                  items:
                    type: object
                    properties:
                      name: {type: string}
                      samples: {type: integer, description: How often it was measured.}
                      confidenceDays: {type: number, description: Days that the history is good for.}
                      firstSample: {type: string, format: date-time}
                      lastSample: {type: string, format: date-time}
                      isOff: {type: boolean, description: Whether its policy leaves it alone.}
                      recommendation: {type: object, description: As in the autoscaler's status.}
                updates:
                  type: array
                  description: What became of each pod at the last look.
                  items:
                    type: object
                    properties:
                      pod: {type: string}
                      decision: {enum: [none, waits, resized, evicted]}
                      reason: {type: string}
            ScalingBound:
              type: object
              properties:
                stabilizationWindowSeconds: {type: integer}
                selectPolicy: {type: string}
                bound: {type: integer, description: How far the policies let it go now.}
            SchedulingExplanation:
              type: object
              required: [namespace, name, schedulerName, state]
              properties:
                namespace: {type: string}
                name: {type: string}
                schedulerName: {type: string}
                state:
                  type: string
                  enum: [scheduled, active, backingOff, unschedulable, gated, binding, beingDeleted, notOurs]
                node: {description: Where the pod is., type: string}
                nominatedNode: {description: The node that it was promised., type: string}
                attempts: {description: How often it was tried., type: integer}
                message: {description: Why no node takes it now., type: string}
                refusedBy:
                  description: Set if no node was looked at.
                  allOf: [{$ref: '#/components/schemas/SchedulingRefusal'}]
                nodes:
                  description: The best first.
                  type: array
                  items:
                    type: object
                    required: [name, fits]
                    properties:
                      name: {type: string}
                      fits: {type: boolean}
                      total: {type: integer}
                      scores:
                        type: array
                        items:
                          type: object
                          required: [plugin, score, weight]
                          properties:
                            plugin: {type: string}
                            score: {type: integer, minimum: 0, maximum: 100}
                            weight: {type: integer}
                      refusedBy:
                        type: array
                        items: {$ref: '#/components/schemas/SchedulingRefusal'}
            SchedulingRefusal:
              type: object
              required: [plugin, reasons]
              properties:
                plugin: {type: string}
                reasons: {type: array, items: {type: string}}
            AuditEvent:
              description: An Event of audit.k8s.io/v1.
              type: object
              required: [auditID, stage, verb]
              properties:
                auditID: {type: string}
                stage: {type: string, enum: [RequestReceived, ResponseStarted, ResponseComplete, Panic]}
                level: {type: string, enum: [Metadata, Request, RequestResponse]}
                verb: {type: string}
                requestURI: {type: string}
                requestReceivedTimestamp: {type: string, format: date-time}
            Problem:
              description: Problem details (RFC 9457).
              type: object
              required: [type, title, status]
              properties:
                type: {type: string, format: uri-reference}
                title: {type: string}
                status: {type: integer}
                detail: {type: string}

        """#
}
