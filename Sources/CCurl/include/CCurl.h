#ifndef CCURL_H
#define CCURL_H
// libcurl, and its variadic functions with one type each, as Swift cannot call variadic C.

#include <curl/curl.h>

typedef size_t (*ccurl_data_function)(char *data, size_t size, size_t count, void *context);

CURLcode ccurl_set_long(CURL *handle, CURLoption option, long value);
CURLcode ccurl_set_string(CURL *handle, CURLoption option, const char *value);
CURLcode ccurl_set_pointer(CURL *handle, CURLoption option, void *value);
CURLcode ccurl_set_large(CURL *handle, CURLoption option, curl_off_t value);
CURLcode ccurl_set_function(CURL *handle, CURLoption option, ccurl_data_function function);
CURLcode ccurl_set_blob(CURL *handle, CURLoption option, const void *data, size_t length);
CURLcode ccurl_get_long(CURL *handle, CURLINFO information, long *value);
CURLcode ccurl_get_pointer(CURL *handle, CURLINFO information, void **value);
CURLMcode ccurl_multi_set_long(CURLM *handle, CURLMoption option, long value);
void *ccurl_message_handle(const CURLMsg *message);
CURLcode ccurl_message_result(const CURLMsg *message);

#endif
