package xapi

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"maps"
	"mime"
	"slices"
	"strconv"
	"strings"
)

// CheckAttachments tells what is wrong between what statements say of their
// attachments and the parts that came with them: each part must be the data of
// an attachment, and each attachment without a fileUrl must have a part; the
// link is the hash alone. Content types that both name must agree. A signature
// must be of type application/octet-stream and come with its data, which
// [VerifySignature] then checks.
//
// The parts' data were compared with their hashes when they were read. The
// length that an attachment declares is not compared: the public conformance
// suite itself declares wrong ones.
//
// Errors: Problems, with the statement's index or, for a part, -1.
func CheckAttachments(v Version, statements []*Statement, parts []Part) error {
	c := attachmentCheck{version: v, parts: make(map[string]*Part, len(parts)), declared: make(map[string]bool)}
	for i := range parts {
		c.parts[strings.ToLower(parts[i].SHA2)] = &parts[i]
	}
	for i, s := range statements {
		c.list(i, "$.attachments", s.Attachments)
		if sub := s.Object.SubStatement; sub != nil {
			c.list(i, "$.object.attachments", sub.Attachments)
		}
	}
	for i, part := range parts {
		if !c.declared[strings.ToLower(part.SHA2)] {
			c.problems = append(c.problems, v.multipartProblem("part["+strconv.Itoa(i+1)+"].X-Experience-API-Hash",
				"no statement has an attachment with this sha2; leave the part out or declare it", part.SHA2))
		}
	}
	if len(c.problems) > 0 {
		return c.problems
	}
	return nil
}

// attachmentCheck is what a check of a request has seen so far.
type attachmentCheck struct {
	version  Version
	parts    map[string]*Part // by hash
	declared map[string]bool  // hashes that statements name
	problems Problems
}

func (c *attachmentCheck) list(index int, path string, attachments []Attachment) {
	for i := range attachments {
		c.attachment(index, path+"["+strconv.Itoa(i)+"]", &attachments[i])
	}
}

func (c *attachmentCheck) attachment(index int, path string, a *Attachment) {
	hash := strings.ToLower(a.SHA2)
	c.declared[hash] = true
	part, signature := c.parts[hash], a.UsageType == SignatureUsage
	add := func(property, rule, value string) {
		c.problems = append(c.problems, &Problem{
			Index: index, Path: path + property, Rule: rule, Value: shown(value), Section: c.version.section(clauseAttachments),
		})
	}
	switch {
	case part == nil && (signature || a.FileURL == ""):
		add(".sha2", "the data of the attachment must come as a part of a multipart/mixed request, or a fileUrl, for all but signatures, say where they are", a.SHA2)
	case part != nil && part.ContentType != "" && !agreeingTypes(a.ContentType, part.ContentType):
		add(".contentType", "the content type must be that of the part with the data: "+shown(part.ContentType), a.ContentType)
	}
	if signature && !isOctetStream(a.ContentType) {
		add(".contentType", "a signature must be of type application/octet-stream", a.ContentType)
	}
}

func isOctetStream(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && media == "application/octet-stream"
}

// agreeingTypes tells whether two media types can be of the same data: the type
// is the same, and so is each parameter that both name.
func agreeingTypes(a, b string) bool {
	typeA, paramsA, errA := mime.ParseMediaType(a)
	typeB, paramsB, errB := mime.ParseMediaType(b)
	if errA != nil || errB != nil {
		return a == b
	}
	for _, name := range slices.Sorted(maps.Keys(paramsA)) {
		if other, ok := paramsB[name]; ok && !strings.EqualFold(other, paramsA[name]) {
			return false
		}
	}
	return typeA == typeB
}

// hasSHA2 tells whether hash, in lower case hexadecimal digits, is that of data
// by a function of the SHA-2 family; the length tells which.
func hasSHA2(hash string, data []byte) bool {
	switch len(hash) {
	case 2 * sha256.Size224:
		sum, short := sha256.Sum224(data), sha512.Sum512_224(data)
		return isHexOf(hash, sum[:]) || isHexOf(hash, short[:])
	case 2 * sha256.Size:
		sum := sha256.Sum256(data)
		if isHexOf(hash, sum[:]) {
			return true
		}
		short := sha512.Sum512_256(data)
		return isHexOf(hash, short[:])
	case 2 * sha512.Size384:
		sum := sha512.Sum384(data)
		return isHexOf(hash, sum[:])
	case 2 * sha512.Size:
		sum := sha512.Sum512(data)
		return isHexOf(hash, sum[:])
	}
	return false
}

func isHexOf(text string, sum []byte) bool { return text == hex.EncodeToString(sum) }
