package xapi

import (
	"mime"
	"slices"
	"strings"
)

const attachmentProperties = "usageType, display, description, contentType, length, sha2, fileUrl"

// attachments reads the attachments of a statement.
func (p *parser) attachments() []Attachment {
	attachments := []Attachment{}
	if !p.array("attachments", clauseAttachments) {
		return attachments
	}
	for p.element() {
		attachments = append(attachments, p.attachment())
	}
	return attachments
}

// attachment reads one attachment.
func (p *parser) attachment() (a Attachment) {
	if !p.object(clauseAttachments) {
		return a
	}
	var present []string
	for name, ok := p.member(); ok; name, ok = p.member() {
		present = append(present, name)
		switch name {
		case "usageType":
			a.UsageType = p.formatted(clauseAttachments, iriFault)
		case "display":
			a.Display = p.languageMap(clauseAttachments)
		case "description":
			a.Description = p.languageMap(clauseAttachments)
		case "contentType":
			a.ContentType = p.formatted(clauseAttachments, mediaTypeFault)
		case "length":
			a.Length = p.integer(clauseAttachments)
		case "sha2":
			a.SHA2 = p.formatted(clauseAttachments, sha2Fault)
		case "fileUrl":
			a.FileURL = p.formatted(clauseAttachments, iriFault)
		default:
			p.unknown(name, attachmentProperties, clauseFormatting)
		}
	}
	for _, name := range []string{"usageType", "display", "contentType", "length", "sha2"} {
		if !slices.Contains(present, name) {
			p.missing(clauseAttachments, name+" is missing: an attachment must have it")
		}
	}
	return a
}

// mediaTypeFault tells what keeps text from being an Internet media type.
func mediaTypeFault(text string) string {
	kind, _, err := mime.ParseMediaType(text)
	if err != nil || !strings.Contains(kind, "/") {
		return "must be an Internet media type, such as application/pdf"
	}
	return ""
}

// sha2Fault tells what keeps text from being a SHA-2 hash in hexadecimal.
func sha2Fault(text string) string {
	switch len(text) {
	case 56, 64, 96, 128:
		if isHexDigits(text) {
			return ""
		}
	}
	return "must be the SHA-2 hash of the data in hexadecimal: 64 digits for SHA-256"
}
