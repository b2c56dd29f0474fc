package protocol

import (
	"bytes"
	"context"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/lrs"
	"github.com/liftmark/liftmark/xapi"
)

// documentKind is one of the three document resources.
type documentKind struct {
	resource lrs.Resource
	id       string   // the parameter that names a document
	keys     []string // the parameters of its shelf
	scope    access.Scope
	clears   bool // DELETE without an id deletes all
}

var (
	stateDocuments    = documentKind{lrs.StateResource, "stateId", []string{"activityId", "agent", "registration"}, access.State, true}
	activityDocuments = documentKind{lrs.ActivityProfile, "profileId", []string{"activityId"}, access.Profile, false}
	agentDocuments    = documentKind{lrs.AgentProfile, "profileId", []string{"agent"}, access.Profile, false}
)

func (h *handler) documentMethods(k documentKind) map[string]method {
	write := []access.Scope{k.scope}
	named := append([]string{k.id}, k.keys...)
	return map[string]method{
		http.MethodGet:    {scopes: []access.Scope{k.scope, access.AllRead}, params: append([]string{"since"}, named...), serve: k.get},
		http.MethodPut:    {scopes: write, params: named, serve: k.put},
		http.MethodPost:   {scopes: write, params: named, serve: k.post},
		http.MethodDelete: {scopes: write, params: named, serve: k.delete},
	}
}

// shelf reads the parameters that say where documents lie.
func (k documentKind) shelf(p *reader) lrs.Shelf {
	shelf := lrs.Shelf{Resource: k.resource}
	for _, name := range k.keys {
		switch name {
		case "activityId":
			shelf.Activity = p.checked(name, p.need(name), xapi.CheckIRI)
		case "agent":
			shelf.Agent = string(p.agent(name, p.need(name)))
		case "registration":
			shelf.Registration = strings.ToLower(p.uuid(name))
		}
	}
	return shelf
}

// key reads the parameters that name one document.
func (k documentKind) key(c *call) (lrs.DocumentKey, error) {
	p := reader{c: c}
	key := lrs.DocumentKey{Shelf: k.shelf(&p), ID: p.need(k.id)}
	return key, p.err
}

// get gives a document, whatever since is, or the ids of those on a shelf.
func (k documentKind) get(c *call) error {
	if !c.params.Has(k.id) {
		return k.list(c)
	}
	key, err := k.key(c)
	if err != nil {
		return err
	}
	doc, err := c.handler.service.Document(c.r.Context(), key)
	if err != nil {
		return err
	}
	c.w.Header().Set("ETag", `"`+doc.ETag+`"`)
	c.w.Header().Set("Last-Modified", doc.Updated.UTC().Format(http.TimeFormat))
	c.write(http.StatusOK, doc.ContentType, doc.Body)
	return nil
}

func (k documentKind) list(c *call) error {
	p := reader{c: c}
	shelf, since := k.shelf(&p), p.time("since")
	if p.err != nil {
		return p.err
	}
	ids, err := c.handler.service.DocumentIDs(c.r.Context(), shelf, since)
	if err != nil {
		return err
	}
	body, err := appendTexts(nil, ids)
	if err != nil {
		return err
	}
	c.write(http.StatusOK, "application/json", body)
	return nil
}

func (k documentKind) put(c *call) error  { return k.store(c, c.handler.service.PutDocument) }
func (k documentKind) post(c *call) error { return k.store(c, c.handler.service.PostDocument) }

// store reads a document and has it stored.
func (k documentKind) store(c *call, store func(context.Context, lrs.Document, lrs.Condition) error) error {
	key, err := k.key(c)
	if err != nil {
		return err
	}
	doc, err := k.read(c, key)
	if err != nil {
		return err
	}
	if err := store(c.r.Context(), doc, c.condition()); err != nil {
		return err
	}
	c.noContent()
	return nil
}

// read reads a document from the body. One that says that it is JSON is.
func (k documentKind) read(c *call, key lrs.DocumentKey) (lrs.Document, error) {
	if err := c.plainEncoding(); err != nil {
		return lrs.Document{}, err
	}
	contentType := c.header.Get("Content-Type")
	if contentType == "" {
		contentType = "application/octet-stream"
	}
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil || len(contentType) > 255 {
		return lrs.Document{}, fault.New(fault.Invalid, "the content type %.80q cannot be read; send one such as application/json", contentType)
	}
	most := c.handler.service.DocumentBytes()
	body, err := io.ReadAll(io.LimitReader(c.body, int64(most)+1))
	if err != nil {
		return lrs.Document{}, bodyError(err)
	}
	if len(body) > most {
		return lrs.Document{}, fault.New(fault.TooLarge, "the document has more than %d bytes; store it in parts", most)
	}
	tolerated := k.resource == lrs.StateResource && c.caller.Tolerates(access.AnyStateContent)
	if media == "application/json" && !tolerated && !isJSON(body, c.method == http.MethodPost) {
		return lrs.Document{}, fault.New(fault.Invalid, "the document is no JSON%s, though its content type is application/json: mend it, or send another type such as text/plain", objectOnly(c.method))
	}
	return lrs.Document{Key: key, ContentType: contentType, Body: body}, nil
}

func objectOnly(method string) string {
	if method == http.MethodPost {
		return " object"
	}
	return ""
}

// isJSON says whether a text is one JSON value, and an object where it must be.
func isJSON(text []byte, object bool) bool {
	return jsontext.Value(text).IsValid() && (!object || bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("{")))
}

// delete deletes a document, or all on a shelf.
func (k documentKind) delete(c *call) error {
	if k.clears && !c.params.Has(k.id) {
		return k.clear(c)
	}
	key, err := k.key(c)
	if err != nil {
		return err
	}
	if err := c.handler.service.DeleteDocument(c.r.Context(), key, c.condition()); err != nil {
		return err
	}
	c.noContent()
	return nil
}

func (k documentKind) clear(c *call) error {
	p := reader{c: c}
	shelf := k.shelf(&p)
	if p.err != nil {
		return p.err
	}
	if err := c.handler.service.ClearShelf(c.r.Context(), shelf); err != nil {
		return err
	}
	c.noContent()
	return nil
}

// condition reads the headers that say when a document may change.
func (c *call) condition() lrs.Condition {
	return lrs.Condition{Version: c.version, Match: tags(c.header.Values("If-Match")), NoneMatch: tags(c.header.Values("If-None-Match"))}
}

// tags gives the ETags of a header without their quotes.
func tags(values []string) []string {
	var list []string
	for _, value := range values {
		for _, tag := range strings.Split(value, ",") {
			tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/")
			list = append(list, strings.ToLower(strings.Trim(tag, `"`)))
		}
	}
	return list
}
