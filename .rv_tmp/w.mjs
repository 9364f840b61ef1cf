import { chromium } from 'playwright-core';
const B='http://127.0.0.1:8611';
const args=['--headless','--no-sandbox','--disable-gpu','--disable-quic','--no-first-run','--disable-background-networking','--disable-component-update','--disable-sync'];
const b=await chromium.launch({executablePath:'/usr/bin/chromium',args});
const log=(...a)=>console.log(new Date().toISOString().slice(14,23),...a);
async function mk(o={}){const c=await b.newContext(o);const p=await c.newPage();
 p.on('console',m=>{if(['error','warning'].includes(m.type()))log('CONSOLE',p.url(),m.text())});
 p.on('pageerror',e=>log('PAGEERR',e.message));
 p.on('response',r=>{if(r.status()>=400)log('HTTP',r.status(),r.url())});return [c,p]}
const has=p=>p.locator('ahlan-bubble').count();
const wait=async(p,max)=>{const t=Date.now();while(Date.now()-t<max*1000){if(await has(p).catch(()=>0))return Date.now()-t;await p.waitForTimeout(150)}return -1};
await Promise.all([
(async()=>{ // two tabs
 const [c,p]=await mk(); await p.goto(B+'/demo/pricing'); const q=await c.newPage(); await q.goto(B+'/demo/pricing'); 
 const [x,y]=await Promise.all([wait(p,50),wait(q,50)]); await p.waitForTimeout(3000); log('two tabs: seen',x,y,'left',await has(p),await has(q));
})(),
(async()=>{ // accept
 const [c,p]=await mk({reducedMotion:'reduce'}); await p.goto(B+'/demo/help'); log('help bubble',await wait(p,60)); await p.screenshot({path:'/tmp/rv-help.png'});
 await p.locator('ahlan-bubble').locator('button.accept').click({timeout:3000}).catch(e=>log('acc fail',e.message)); await p.waitForTimeout(1500); log('after accept',await has(p)); await p.screenshot({path:'/tmp/rv-acc.png'}); await p.keyboard.type('hello'); await p.keyboard.press('Enter'); await p.waitForTimeout(2500); await p.screenshot({path:'/tmp/rv-chat.png'});
 await p.reload(); await p.waitForTimeout(3000); await p.screenshot({path:'/tmp/rv-chat2.png'});
})(),
(async()=>{ // js disabled third: tiny viewport
 const [c,p]=await mk({viewport:{width:320,height:480}}); await p.goto(B+'/demo/pricing'); log('tiny', await wait(p,45)); await p.waitForTimeout(1200); await p.screenshot({path:'/tmp/rv-tiny.png'});
 // typing in field and Esc
 await p.locator('body').click({position:{x:5,y:5}}); for(let i=0;i<12;i++){await p.keyboard.press('Tab'); const a=await p.evaluate(()=>document.activeElement.tagName+':'+(document.activeElement.shadowRoot?.activeElement?.className||document.activeElement.textContent.trim().slice(0,20))); log('tab',a); if(a.startsWith('AHLAN'))break}
})(),
(async()=>{ // typing visitor at contact: Esc with open field
 const [c,p]=await mk(); await p.goto(B+'/demo/contact'); const f=p.locator('input,textarea').first(); await f.focus(); for(let i=0;i<30 && !(await has(p));i++){await p.keyboard.type('a'); await p.waitForTimeout(1000)} log('contact bubble',await has(p),'focus kept',await p.evaluate(()=>document.activeElement.tagName)); await p.screenshot({path:'/tmp/rv-contact.png'}); await p.keyboard.press('Escape'); await p.waitForTimeout(700); log('esc while typing in a form -> bubbles',await has(p));
})(),
(async()=>{ // GPC
 const [c,p]=await mk({extraHTTPHeaders:{'Sec-GPC':'1'}}); let n=0; p.on('request',r=>{if(r.url().includes('/v1/'))n++}); await p.goto(B+'/demo/pricing'); log('gpc hdr', await wait(p,40),'reqs',n);
})(),
]);
await b.close(); log('done');
