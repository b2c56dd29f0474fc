package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/fault"
)

// apiPath is where the API's operations are, schemaPath where its description
// has the types.
const (
	apiPath    = "/api/v1"
	schemaPath = "#/components/schemas/"
)

// api mounts the operations and their description.
func (s *Server) api(mux *http.ServeMux) {
	c := huma.DefaultConfig("Liftmark", s.opt.Version)
	c.Info.Description = "What customer training is worth, and how sure that is. Errors are problems by RFC 9457. Every operation is about the workspace of the credential that calls."
	c.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	c.Servers = []*huma.Server{{URL: apiPath}}
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.CreateHooks = nil // no links to schemas in bodies: they are what the command line prints
	c.Transformers = []huma.Transformer{asProblem}
	c.RejectUnknownQueryParameters = true
	c.Components = &huma.Components{
		Schemas:         huma.NewMapRegistry(schemaPath, schemaName),
		SecuritySchemes: securitySchemes(),
	}
	o := &operations{server: s, api: huma.NewAPI(c, humago.NewAdapter(&apiMux{server: s, mux: mux}, apiPath))}
	for _, add := range []func(*operations){
		addWorkspaces, addCredentials, addKPIs, addImports, addStudies, addFacts, addVerbs, addEvents, addIdentity,
		addForwardings, addPrivacy, addViews, addStream, addExports, addBackups,
	} {
		add(o)
	}
	describe(o.api.OpenAPI())
	text := toJSON(o.api.OpenAPI())
	s.open(mux, "GET "+apiPath+"/openapi.json", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(text) // the client may be gone
	}))
}

// describe puts the last touches to the description.
func describe(d *huma.OpenAPI) {
	for name := range d.Components.Schemas.Map() {
		if strings.HasPrefix(name, "V2Error") { // the framework's errors, which asProblem replaces
			delete(d.Components.Schemas.Map(), name)
		}
	}
	slices.SortFunc(d.Tags, func(a, b *huma.Tag) int { return strings.Compare(a.Name, b.Name) })
	for name, schema := range d.Components.Schemas.Map() {
		if t := d.Components.Schemas.TypeFromRef(schemaPath + name); t != nil && t.Kind() == reflect.Struct {
			allowNull(schema, t)
		}
	}
}

// allowNull says of the members that are written as null when they are missing
// that they are objects or null, which the framework leaves out.
func allowNull(schema *huma.Schema, t reflect.Type) {
	for _, field := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		member := schema.Properties[name]
		if member == nil || member.Ref == "" || field.Type.Kind() != reflect.Pointer || strings.Contains(options, "omit") {
			continue
		}
		schema.Properties[name] = &huma.Schema{AnyOf: []*huma.Schema{{Ref: member.Ref}, {Type: "null"}}, Description: member.Description}
	}
}

func securitySchemes() map[string]*huma.SecurityScheme {
	return map[string]*huma.SecurityScheme{
		"bearer": {Type: "http", Scheme: "bearer", Description: "An API key, or an access token of an OpenID provider that the workspace trusts. The scopes that an operation asks for are named with it."},
		"basic":  {Type: "http", Scheme: "basic", Description: "Key and secret of a credential, as user name and password."},
		"local":  {Type: "http", Scheme: "bearer", Description: "The token that the running server leaves in a file which only its user can read. It has every right; " + WorkspaceHeader + " names the workspace."},
	}
}

// apiMux mounts operations with what all of them pass.
type apiMux struct {
	server *Server
	mux    *http.ServeMux
}

// HandleFunc mounts an operation.
func (m *apiMux) HandleFunc(pattern string, handler func(http.ResponseWriter, *http.Request)) {
	s := m.server
	h := s.repeatable(http.HandlerFunc(handler))
	admit := s.admit
	if strings.HasSuffix(pattern, streamPath) {
		admit = s.admitStream
	}
	h = s.bodies(s.limits.APIBody, s.guard(bySecret(s.byHeader), s.whole(admit(h))))
	s.open(m.mux, pattern, h)
}

// ServeHTTP is part of what the adapter asks for.
func (m *apiMux) ServeHTTP(w http.ResponseWriter, r *http.Request) { m.mux.ServeHTTP(w, r) }

// operations registers operations of the API.
type operations struct {
	server *Server
	api    huma.API
}

// operation describes one.
type operation struct {
	id, tag      string
	method, path string
	summary      string
	description  string
	scope        access.Scope // that the caller must hold
	local        bool         // only with the local token
	anywhere     bool         // is about no workspace
	status       int          // of success; 0: 200, or 204 without a body
	media        []string     // of a download
}

// commonErrors are answered by every operation: that something is not there may
// be said of the workspace, too.
var commonErrors = []int{
	http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusUnprocessableEntity, http.StatusTooManyRequests,
	http.StatusInternalServerError, http.StatusServiceUnavailable,
}

// changeErrors are answered by every operation that changes something: its body
// may be unreadable, and an equal request under way.
var changeErrors = []int{
	http.StatusBadRequest, http.StatusRequestTimeout, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType,
}

// register adds an operation: decode and validate by the framework, operate by
// do, encode by the framework.
func register[I, O any](o *operations, op operation, do func(context.Context, *Workspace, *I) (*O, error)) {
	s := o.server
	huma.Register(o.api, o.describe(op), func(ctx context.Context, in *I) (*O, error) {
		w, err := s.entitled(ctx, op)
		if err != nil {
			return nil, s.answerFor(ctx, err)
		}
		out, err := do(ctx, w, in)
		if err != nil {
			return nil, s.answerFor(ctx, err)
		}
		return out, nil
	})
}

// describe turns an operation into what the framework wants.
func (o *operations) describe(op operation) huma.Operation {
	out := huma.Operation{
		OperationID: op.id, Method: op.method, Path: op.path, Summary: op.summary, Description: op.description, Tags: []string{op.tag},
		DefaultStatus: op.status, Responses: map[string]*huma.Response{},
		MaxBodyBytes: -1, BodyReadTimeout: -1, // bodies were read and bounded before; a deadline would cut long work short
	}
	scopes := []string{string(op.scope)}
	if out.Security = []map[string][]string{{"bearer": scopes}, {"basic": scopes}, {"local": {}}}; op.local {
		out.Security = []map[string][]string{{"local": {}}}
	}
	if op.scope != "" {
		out.Description = strings.TrimSpace(out.Description + "\n\nScope: " + string(op.scope) + ".")
	}
	if len(op.media) > 0 {
		out.Responses["200"] = download200(op.media)
	}
	problem := &huma.MediaType{Schema: o.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")}
	failures := commonErrors
	if op.method != http.MethodGet {
		failures = slices.Concat(commonErrors, changeErrors)
	}
	for _, status := range failures {
		out.Responses[strconv.Itoa(status)] = &huma.Response{
			Description: http.StatusText(status), Content: map[string]*huma.MediaType{"application/problem+json": problem},
		}
	}
	return out
}

// download200 describes an answer that is a file.
func download200(media []string) *huma.Response {
	r := &huma.Response{Description: "The file", Content: map[string]*huma.MediaType{}}
	for _, m := range media {
		m, _, _ = strings.Cut(m, ";")
		r.Content[m] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	}
	return r
}

// entitled gives the workspace that a caller asks about, if it may.
func (s *Server) entitled(ctx context.Context, op operation) (*Workspace, error) {
	caller := access.From(ctx)
	switch {
	case op.local && !caller.Local:
		return nil, fault.New(fault.Forbidden, "this reads or writes files of the server's machine; it is for commands that run there")
	case op.scope != "" && !caller.May(op.scope):
		return nil, fault.New(fault.Forbidden, "the credential does not have the scope %s", op.scope)
	case op.anywhere:
		return nil, nil //nolint:nilnil // no workspace is asked about
	}
	w := s.workspaces[caller.Workspace]
	if w == nil {
		return nil, nameWorkspace()
	}
	return w, nil
}

// answerFor turns an error into the answer for it, and notes it for the log.
func (s *Server) answerFor(ctx context.Context, err error) error {
	x := exchangeOf(ctx)
	x.note(err)
	var answer error = problemOf(err, x.id)
	if after := retryAfter(err); after != "" {
		answer = huma.ErrorWithHeaders(answer, http.Header{"Retry-After": {after}})
	}
	return answer
}

// offered says that a workspace has a part.
func offered(has bool, what string) error {
	if has {
		return nil
	}
	return fault.New(fault.NotFound, "the workspace does not offer %s", what)
}

// Asked is what every operation takes.
type Asked struct {
	Workspace string `header:"Liftmark-Workspace" doc:"Workspace that is asked about; needed with the local token on a server of several"`
}

// Repeated is what operations that create or do something take.
type Repeated struct {
	Key string `header:"Idempotency-Key" maxLength:"255" doc:"A text of the client's own: the same request with the same key, within an hour, is answered as the first one and not done again"`
}

// answered is an answer with a body.
type answered[T any] struct{ Body T }

// answer makes one.
func answer[T any](body T, err error) (*answered[T], error) {
	if err != nil {
		return nil, err
	}
	return &answered[T]{Body: body}, nil
}

// done is an answer without a body.
type done struct{}

// schemaName names the schema of a type: a package's name leads where it is not
// this one, so that metric.Band and report.Band stay apart.
func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	name, inside, generic := strings.Cut(t.Name(), "[")
	switch {
	case name == "":
		return hint
	case generic:
		inside = strings.TrimSuffix(inside, "]")
		return strings.ToUpper(name[:1]) + name[1:] + qualified(inside[:strings.LastIndex(inside, ".")+1], inside[strings.LastIndex(inside, ".")+1:])
	}
	return qualified(t.PkgPath()+".", name)
}

func qualified(pkg, name string) string {
	pkg = strings.TrimSuffix(pkg, ".")
	pkg = pkg[strings.LastIndex(pkg, "/")+1:]
	name = strings.ToUpper(name[:1]) + name[1:]
	if pkg == "" || pkg == "server" {
		return name
	}
	return strings.ToUpper(pkg[:1]) + pkg[1:] + name
}

// inContext says what was asked when something failed.
func inContext(err error, format string, args ...any) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf(format+": %w", append(args, err)...)
}
