// Owns a small tree of XML elements, on expat. It must not know what the elements mean.
#include "peer.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    XML_Parser parser;
    element *root, *open;
} reading;

static void started(void *user, const char *name, const char **attributes)
{
    reading *it = user;
    element *made = need(calloc(1, sizeof *made));
    made->name = need(strdup(name));
    made->text = need(strdup(""));
    made->parent = it->open;
    size_t count = 0;
    while (attributes[count]) count++;
    made->attributes = need(calloc(count + 1, sizeof *made->attributes));
    for (size_t at = 0; at < count; at++) made->attributes[at] = need(strdup(attributes[at]));
    if (it->open) {
        element **last = &it->open->child;
        while (*last) last = &(*last)->next;
        *last = made;
    } else {
        it->root = made;
    }
    it->open = made;
}

static void ended(void *user, const char *name)
{
    (void)name;
    reading *it = user;
    it->open = it->open->parent;
}

static void characters(void *user, const char *text, int length)
{
    reading *it = user;
    size_t before = strlen(it->open->text);
    it->open->text = need(realloc(it->open->text, before + (size_t)length + 1));
    memcpy(it->open->text + before, text, (size_t)length);
    it->open->text[before + (size_t)length] = 0;
}

static void document_type(void *user, const char *name, const char *system, const char *public, int internal)
{
    (void)name, (void)system, (void)public, (void)internal;
    XML_StopParser(((reading *)user)->parser, XML_FALSE);
}

element *xml_parse(const char *text, size_t length)
{
    reading it = {.parser = need(XML_ParserCreateNS(NULL, '|'))};
    XML_SetUserData(it.parser, &it);
    XML_SetElementHandler(it.parser, started, ended);
    XML_SetCharacterDataHandler(it.parser, characters);
    XML_SetStartDoctypeDeclHandler(it.parser, document_type);
    bool whole = length < 1 << 24 && XML_Parse(it.parser, text, (int)length, 1) == XML_STATUS_OK;
    XML_ParserFree(it.parser);
    if (whole) return it.root;
    xml_free(it.root);
    return NULL;
}

void xml_free(element *root)
{
    if (!root) return;
    for (element *child = root->child; child;) {
        element *next = child->next;
        xml_free(child);
        child = next;
    }
    for (char **each = root->attributes; *each; each++) free(*each);
    free(root->attributes);
    free(root->name);
    free(root->text);
    free(root);
}

const char *xml_attribute(const element *of, const char *name)
{
    for (char **each = of ? of->attributes : NULL; each && *each; each += 2) {
        if (!strcmp(*each, name)) return each[1];
    }
    return NULL;
}

bool xml_is(const element *it, const char *namespace, const char *local)
{
    size_t length = strlen(namespace);
    return it && !strncmp(it->name, namespace, length) && it->name[length] == '|' && !strcmp(it->name + length + 1, local);
}

element *xml_child(const element *of, const char *namespace, const char *local, const element *after)
{
    element *each = after ? after->next : of ? of->child : NULL;
    while (each && !xml_is(each, namespace, local)) each = each->next;
    return each;
}

void xml_write(FILE *to, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&': fputs("&amp;", to); break;
        case '<': fputs("&lt;", to); break;
        case '>': fputs("&gt;", to); break;
        case '\'': fputs("&apos;", to); break;
        case '"': fputs("&quot;", to); break;
        case '\r': fputs("&#13;", to); break;
        default: fputc(*text, to);
        }
    }
}

int64_t xml_number(const char *text)
{
    if (!text || !*text || strlen(text) > 10 || strspn(text, "0123456789") != strlen(text)) return -1;
    int64_t number = strtoll(text, NULL, 10);
    return number > UINT32_MAX ? -1 : number;
}
